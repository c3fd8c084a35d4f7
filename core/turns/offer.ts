import type { ChatRequest, ToolDefinition } from '../chat/request.ts'
import type { Guarding } from '../guarding.ts'
import type { ActiveGuard } from '../guarding/active-guard.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Planned, Prompt } from '../target-request.ts'
import type { Target } from '../target.ts'
import type { OpenTools, ToolSource } from '../tool-source.ts'

/** What a target is offered: its tools are open from the moment it is asked. */
export interface Offer {
  readonly planned: Planned
  /** Guards that the target brings along: they read its calls and their results too. */
  readonly guards: readonly ActiveGuard[]
  /** Undefined until the target was asked. */
  readonly open: () => { readonly tools: OpenTools; readonly asked: ChatRequest } | undefined
}

/** The tools that the targets of an exchange are offered; each list of servers is opened once. */
export interface Offers {
  readonly plan: readonly Planned[]
  of(target: Target | undefined): Offer | undefined
  release(): void
}

interface OfferParts {
  readonly guarding: Guarding
  readonly source: ToolSource
}

/** Whether a target is to be offered tools of the gateway. An empty list means none. */
export function namesTools({ prompt }: Planned): boolean {
  const named = prompt.request['mcp_servers']
  if (Array.isArray(named)) return named.length > 0
  return named !== undefined && named !== null
}

/**
 * Opens what all targets share at once, so that what is wrong with it is told before a model is asked;
 * what targets have of their own, when their turn comes.
 */
export async function offerTools(
  exchange: LiveExchange,
  plan: readonly Planned[],
  parts: OfferParts,
): Promise<Offers> {
  const opened = new Map<unknown, Promise<OpenTools>>()
  let isReleased = false
  const open = ({ prompt: { request } }: Planned): Promise<OpenTools> => {
    const { mcp_servers: servers, mcp_mode: mode } = request as ChatRequest
    const known = opened.get(servers)
    if (known) return known
    const tools = parts.source.open({ servers, mode }, exchange)
    opened.set(servers, tools)
    // Whoever waits for it hears of its fault; it may come when nobody does any more.
    tools.then(
      (found) => isReleased && found.release(),
      () => undefined,
    )
    return tools
  }
  const release = (): void => {
    isReleased = true
    for (const tools of opened.values()) {
      tools.then(
        (found) => found.release(),
        () => undefined,
      )
    }
  }

  const offers = new Map<Target, Offer>()
  for (const planned of plan) {
    if (namesTools(planned)) offers.set(planned.target, offerTo(planned, exchange, open, parts))
  }
  const lists = new Set(plan.map(({ prompt }) => prompt.request['mcp_servers']))
  try {
    if (lists.size === 1 && plan[0]) await open(plan[0])
  } catch (error) {
    release()
    throw error
  }
  return {
    plan: plan.map((planned) => offers.get(planned.target)?.planned ?? planned),
    of: (target) => target && offers.get(target),
    release,
  }
}

function offerTo(
  planned: Planned,
  exchange: LiveExchange,
  open: (planned: Planned) => Promise<OpenTools>,
  { guarding }: OfferParts,
): Offer {
  const { target, guards = [] } = planned
  let offered: ReturnType<Offer['open']>
  let asked: Promise<Prompt> | undefined

  async function promptWithTools(): Promise<Prompt> {
    const prompt = (await planned.reviewPrompt?.()) ?? planned.prompt
    const request = prompt.request as ChatRequest
    const tools = await open(planned)
    const definitions = tools.tools.map(({ definition }) => definition)
    const reviewed = await guarding.toolDefinitions(exchange, guards, definitions)
    offered = { tools, asked: request }
    return { request: withTools(request, reviewed), text: undefined }
  }

  return {
    planned: { target, prompt: planned.prompt, reviewPrompt: () => (asked ??= promptWithTools()) },
    guards,
    open: () => offered,
  }
}

/** The client's tools and the gateway's: of two with one name, the later one. */
function withTools(request: ChatRequest, tools: readonly ToolDefinition[]): ChatRequest {
  const names = new Set(tools.map((tool) => tool.function.name))
  const own = (request.tools ?? []).filter((tool) => !names.has(tool.function?.name))
  const all = [...own, ...tools]
  return all.length > 0 ? { ...request, tools: all } : request
}
