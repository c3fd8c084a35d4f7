import type { PinRow } from './pin-table.ts'
import type { ServerRow } from './server-table.ts'
import type { VirtualServer } from './virtual-server.ts'

/** A virtual server as the API tells it. `source` is `config` for those that the API can not change. */
export function toServerJson(server: VirtualServer, row: ServerRow | undefined): object {
  const { name, source, plan } = server
  const { title, description, instructions, tools, prompts, resources } = plan?.definition ?? {}
  return {
    name,
    title: title ?? null,
    description: description ?? null,
    instructions: instructions ?? null,
    tools: tools ?? [],
    prompts: prompts ?? [],
    resources: resources ?? [],
    source,
    status: server.status(),
    created_at: row?.created_at ?? null,
    updated_at: row?.changed_at ?? null,
  }
}

/** What was accepted of a tool, without the definition. */
export function toPinJson(tool: string, row: PinRow | undefined): object {
  return { tool, hash: row?.hash ?? null, accepted_at: row?.accepted_at ?? null }
}
