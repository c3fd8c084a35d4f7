import type { Result, ServerCapabilities } from '@modelcontextprotocol/client'

import type { McpNotification, McpRequest, McpTool } from '#core'

/** What is known of a server once it was connected to. */
export interface ServerFacts {
  readonly capabilities: ServerCapabilities
  readonly instructions: string | undefined
  readonly protocolVersion: string
}

/** A server that answers, whatever lies between. */
export interface Connection extends ServerFacts {
  /** Whether it speaks 2026-07-28 or later: it does not ask back while it works. */
  readonly isModern: boolean
  request(request: McpRequest, options: SendOptions): Promise<Result>
  /** Has the server tell when these resources change, beside its lists. Only where it is modern. */
  listen?(uris: readonly string[]): void
  /**
   * The tools without those that break the rules for arguments that are sent as headers (SEP-2243),
   * as the SDK sees it. Only where it is modern.
   */
  mirroredTools?(options: SendOptions): Promise<readonly McpTool[]>
  /** What it was found to speak may be true no more: the next connection finds it out anew. */
  unlearn?(): void
  /** Called once, when it has ended without having been closed. */
  onEnd(ended: (fault: Error) => void): void
  close(): Promise<void>
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs: number
  /** Progress and log messages that belong to the request. */
  notify?: ((notification: McpNotification) => void) | undefined
  /** Answers what a server of 2025 asks while it works on this. */
  ask?: ((request: McpRequest, signal: AbortSignal) => Promise<Result>) | undefined
  /** The tool that is called: some have arguments that are sent as headers too. */
  readonly tool?: McpTool
}

/** Who hears what a server says without having been asked. */
export interface ConnectionEvents {
  notified(notification: McpNotification): void
  /** Answers what a server of 2025 asks; absent when nobody can. */
  readonly asked?: (request: McpRequest, signal: AbortSignal) => Promise<Result>
}
