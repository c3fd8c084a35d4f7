import type { TestGateway } from '../../helpers/gateway.ts'

/** Makes a project beside the default one, and tells a key of it. */
export async function makeKeyOfAnotherProject(
  gateway: TestGateway,
  scopes = 'read,write',
): Promise<string> {
  const run = async (name: string, input: object): Promise<unknown> => {
    const command = gateway.gateway.commands.find((one) => one.name === name)
    if (!command) throw new Error(`There is no command "${name}".`)
    return (await command.run({ arguments: [], options: {}, ...input })).json
  }
  await run('projects create', { arguments: ['other'] })
  const made = await run('keys create', { options: { name: 'o', scopes, project: 'other' } })
  return (made as { key: string }).key
}
