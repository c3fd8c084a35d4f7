import { spawn, type ChildProcess } from 'node:child_process'

import {
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/client'

import { createMessageRate, READ_A_SECOND } from './message-rate.ts'

/** Ended processes get this long to leave by themselves, and then to heed SIGTERM. */
const LEAVE_MS = 500
const TERMINATE_MS = 1_500
/** What the gateway passes on of its own environment. Never a key of a provider. */
const INHERITED = ['PATH', 'HOME', 'LANG'] as const

export interface StdioTransportParts {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** The longest line that it may write. */
  readonly maxMessageBytes: number
  readonly wroteError: (text: string) => void
}

/**
 * A process that speaks MCP over its standard input and output. It is started without a shell, and
 * leads a process group of its own, so that what it starts itself ends with it.
 */
export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void
  /** The SDK takes a transport with these two for one over standard input and output. */
  readonly stderr = null
  readonly #parts: StdioTransportParts
  readonly #buffer: ReadBuffer
  readonly #rate = createMessageRate(READ_A_SECOND)
  #child: ChildProcess | undefined
  #gone: Promise<void> | undefined

  constructor(parts: StdioTransportParts) {
    this.#parts = parts
    this.#buffer = new ReadBuffer({ maxBufferSize: parts.maxMessageBytes })
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  async start(): Promise<void> {
    const { command, args, env, cwd, wroteError } = this.#parts
    const child = spawn(command, [...args], {
      cwd,
      env: { ...inherited(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.#child = child
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => this.#left(child, resolve))
      child.once('error', () => this.#left(child, resolve))
    })
    child.stdout.on('data', (chunk: Buffer) => this.#read(chunk))
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', wroteError)
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      stream.on('error', (error: Error) => this.onerror?.(error))
    }
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (!stdin?.writable) throw new Error('The process does not run.')
    if (stdin.write(serializeMessage(message))) return
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stdin.off('drain', go)
        stdin.off('close', go)
        resolve()
      }
      stdin.once('drain', go)
      stdin.once('close', go)
    })
  }

  /** Resolves when the process and all that it started are gone. */
  async close(): Promise<void> {
    const child = this.#child
    if (!child || !this.#gone) return
    child.stdin?.end()
    if (await isOverWithin(this.#gone, LEAVE_MS)) return
    signalGroup(child, 'SIGTERM')
    if (await isOverWithin(this.#gone, TERMINATE_MS)) return
    signalGroup(child, 'SIGKILL')
    await this.#gone
  }

  #read(chunk: Buffer): void {
    try {
      this.#buffer.append(chunk)
    } catch {
      const limit = this.#parts.maxMessageBytes
      this.onerror?.(new Error(`A message has more than ${limit} bytes.`))
      if (this.#child) signalGroup(this.#child, 'SIGKILL')
      return
    }
    let unasked = 0
    for (;;) {
      try {
        const message = this.#buffer.readMessage()
        if (message === null) break
        if ('method' in message) unasked += 1
        this.onmessage?.(message)
      } catch (error) {
        this.onerror?.(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const pauseMs = this.#rate.count(unasked)
    if (pauseMs > 0) this.#pause(pauseMs)
  }

  /** The process has to wait until what it wrote is read. */
  #pause(pauseMs: number): void {
    const stdout = this.#child?.stdout
    stdout?.pause()
    setTimeout(() => stdout?.resume(), pauseMs)
  }

  #left(child: ChildProcess, resolve: () => void): void {
    if (this.#child !== child) return
    this.#child = undefined
    // Whatever it left behind goes too, and would hold the pipes open.
    signalGroup(child, 'SIGKILL')
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    this.#buffer.clear()
    resolve()
    this.onclose?.()
  }
}

function inherited(): Record<string, string> {
  const env: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return env
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child
  if (pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-pid, signal)
  } catch {
    // There is nobody left in the group.
  }
}

async function isOverWithin(gone: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  const isOver = await Promise.race([gone.then(() => true), late])
  clearTimeout(timer)
  return isOver
}
