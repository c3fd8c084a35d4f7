/** Loaded before a gateway that would listen on every network of the machine: it listens on 127.0.0.1 instead. */
import { Server } from 'node:net'

// oxlint-disable-next-line typescript/unbound-method -- The proxy hands it the server it is called on.
Server.prototype.listen = new Proxy(Server.prototype.listen, {
  apply(listen, server, [port, , onListening]: unknown[]) {
    return Reflect.apply(listen, server, [{ port, host: '127.0.0.1' }, onListening])
  },
})
