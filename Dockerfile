FROM node:26-slim
# The Node that comes with the dependencies is the one this was tested with.
ENV NODE_ENV=production HOST=0.0.0.0 TAPGATE_DATA=/data PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
COPY package.json package-lock.json ./
COPY config/setup.mjs config/
RUN node config/setup.mjs && npm cache clean --force && install -d -o node -g node -m 700 /data
COPY . .
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "process.exit((await fetch('http://127.0.0.1:' + (process.env.PORT || 8787) + '/livez')).ok ? 0 : 1)"]
CMD ["node", "config/start.mjs"]
