import { beforeEach, describe, expect, it, vi } from 'vitest'

import { SetupError } from '../../../core/setup-error.ts'
import { describeDatabases } from '../../helpers/database.ts'
import { build, chat, create, type House, MASTER, run } from './house.ts'

// The embedded database takes a while to start on a busy machine, and some tests start it thrice.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind) => {
  let house: House

  beforeEach(async () => {
    house = await build(kind)
  })

  describe('the first start', () => {
    it('makes a key with all scopes and shows it once, in a line to paste', async () => {
      const first = await house.start({})
      const banner = first.gateway.banner().join('\n')
      const key = /sk-prod-[0-9a-f]{64}/.exec(banner)?.[0] ?? ''
      expect(banner).toContain('curl {address}/v1/chat/completions')
      expect(banner).toContain('"model":"like/echo"')
      expect((await chat(first, key)).status).toBe(200)
      expect((await create(first, { name: 'next' }, key)).status).toBe(201)
      await first.stop()

      await using second = await house.start({})
      expect(second.gateway.banner().join('\n')).toBe('Make an API key with "tapgate keys create".')
      expect((await chat(second, key)).status).toBe(200)
    })

    it('leaves no key behind that nobody was shown', async () => {
      const failed = await house.start({})
      await failed.stop()
      await using next = await house.start({})
      expect(next.gateway.banner().join('\n')).toContain('sk-prod-')
      const { json } = await run(next, 'keys list')
      expect(json).toHaveLength(1)
    })

    it('makes one key, also when several gateways start at once', async () => {
      const gateways = await Promise.all([house.start({}), house.start({}), house.start({})])
      const banners = gateways.map(({ gateway }) => gateway.banner().join('\n'))
      expect(banners.filter((banner) => banner.includes('sk-prod-'))).toHaveLength(1)
      for (const gateway of gateways) await gateway.stop()
    })

    it('takes the key in TAPGATE_KEY, and does not repeat it', async () => {
      await using gateway = await house.start({ TAPGATE_KEY: MASTER })
      expect((await chat(gateway, MASTER)).status).toBe(200)
      const banner = gateway.gateway.banner().join('\n')
      expect(banner).toContain('Bearer $TAPGATE_KEY')
      expect(banner).not.toContain(MASTER)
      expect((await run(gateway, 'keys list')).json).toHaveLength(1)
    })

    it('adds TAPGATE_KEY later too, once, and never brings a revoked one back', async () => {
      const first = await house.start({})
      first.gateway.banner()
      await first.stop()
      const second = await house.start()
      expect((await run(second, 'keys list')).json).toHaveLength(2)
      await run(second, 'keys revoke', { arguments: [MASTER] })
      await second.stop()
      await using third = await house.start()
      expect((await run(third, 'keys list')).json).toHaveLength(2)
      expect((await chat(third, MASTER)).body.error.code).toBe('revoked_api_key')
    })

    it.each(['password', 'sk-short', 'sk-with a space in the middle'])(
      'refuses a TAPGATE_KEY that cannot be a key: %s',
      async (key) => {
        const failure = await house.start({ TAPGATE_KEY: key }).catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(SetupError)
        expect(String(failure)).toContain('TAPGATE_KEY')
        expect(String(failure)).not.toContain(key)
      },
    )
  })
})
