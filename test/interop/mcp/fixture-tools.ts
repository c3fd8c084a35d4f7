import { setTimeout as wait } from 'node:timers/promises'

import type {
  CallToolResult,
  InputRequiredResult,
  JSONObject,
  ServerContext,
} from '@modelcontextprotocol/server'

import { image, resource, text, WAV } from './fixture-content.ts'
import { richSchema } from './fixture-schema.ts'

/** A tool of the fixture. */
export interface FixtureTool {
  readonly description: string
  /** Of its arguments; none when absent. All are required. */
  readonly properties?: Record<string, JSONObject>
  /** Of its arguments, where they are more than that. */
  readonly inputSchema?: { readonly type: 'object' } & JSONObject
  call(
    args: Readonly<Record<string, unknown>>,
    context: ServerContext,
  ): CallToolResult | InputRequiredResult | Promise<CallToolResult | InputRequiredResult>
}

/** What the fixture tells all that listen to it. */
export interface FixtureChanges {
  toolsChanged(): void
  promptsChanged(): void
}

const PAUSE_MS = 50

/** The tools that answer without asking back, by the names that the conformance suite calls. */
export function fixtureTools(changes: FixtureChanges): Readonly<Record<string, FixtureTool>> {
  return {
    test_simple_text: {
      description: 'Answers with text.',
      call: () => ({ content: [text('This is a simple text response for testing.')] }),
    },
    test_image_content: {
      description: 'Answers with an image.',
      call: () => ({ content: [image()] }),
    },
    test_audio_content: {
      description: 'Answers with a sound.',
      call: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
    },
    test_embedded_resource: {
      description: 'Answers with a resource.',
      call: () => ({
        content: [
          resource(
            'test://embedded-resource',
            'text/plain',
            'This is an embedded resource content.',
          ),
        ],
      }),
    },
    test_multiple_content_types: {
      description: 'Answers with text, an image and a resource.',
      call: () => ({
        content: [
          text('Multiple content types test:'),
          image(),
          resource(
            'test://mixed-content-resource',
            'application/json',
            '{"test":"data","value":123}',
          ),
        ],
      }),
    },
    json_schema_2020_12_tool: {
      description: 'Has a schema that uses what JSON Schema 2020-12 offers.',
      inputSchema: richSchema,
      call: () => ({ content: [text('The schema is what matters.')] }),
    },
    test_error_handling: {
      description: 'Fails.',
      call: () => ({
        isError: true,
        content: [text('This tool intentionally returns an error for testing')],
      }),
    },
    test_tool_with_logging: {
      description: 'Writes log messages while it works.',
      async call(_args, { mcpReq }) {
        await mcpReq.log('info', 'Tool execution started')
        await wait(PAUSE_MS)
        await mcpReq.log('info', 'Tool processing data')
        await wait(PAUSE_MS)
        await mcpReq.log('info', 'Tool execution completed')
        return { content: [text('The log has been written.')] }
      },
    },
    test_logging_tool: {
      description: 'Writes a log message, to those who asked for it.',
      async call(_args, { mcpReq }) {
        await mcpReq.log('info', 'The logging tool was called.')
        return { content: [text('The log has been written.')] }
      },
    },
    test_tool_with_progress: {
      description: 'Tells how far it is.',
      async call(_args, { mcpReq }) {
        const progressToken = mcpReq._meta?.progressToken
        for (const progress of [0, 50, 100]) {
          if (progressToken !== undefined) {
            const params = { progressToken, progress, total: 100 }
            await mcpReq.notify({ method: 'notifications/progress', params })
          }
          await wait(PAUSE_MS)
        }
        return { content: [text('The progress has been told.')] }
      },
    },
    test_trigger_tool_change: {
      description: 'Says that the tools have changed.',
      call() {
        changes.toolsChanged()
        return { content: [text('The tools have changed.')] }
      },
    },
    test_trigger_prompt_change: {
      description: 'Says that the prompts have changed.',
      call() {
        changes.promptsChanged()
        return { content: [text('The prompts have changed.')] }
      },
    },
  }
}
