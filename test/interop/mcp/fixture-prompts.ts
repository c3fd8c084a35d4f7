import {
  acceptedContent,
  inputRequired,
  type GetPromptResult,
  type InputRequiredResult,
  type PromptArgument,
  type PromptMessage,
  type ServerContext,
} from '@modelcontextprotocol/server'

import { elicit } from './fixture-asking-tools.ts'
import { image, resource, text } from './fixture-content.ts'

interface FixturePrompt {
  readonly description: string
  readonly arguments?: PromptArgument[]
  readonly get: (
    args: Readonly<Record<string, string>>,
    context: ServerContext,
  ) => GetPromptResult | InputRequiredResult
}

function says(...content: readonly PromptMessage['content'][]): GetPromptResult {
  return { messages: content.map((one) => ({ role: 'user', content: one })) }
}

/** The prompts that the conformance suite asks for. */
export const fixturePrompts: Readonly<Record<string, FixturePrompt>> = {
  test_simple_prompt: {
    description: 'A prompt without arguments.',
    get: () => says(text('This is a simple prompt for testing.')),
  },
  test_prompt_with_arguments: {
    description: 'A prompt with two arguments.',
    arguments: [
      { name: 'arg1', description: 'First test argument', required: true },
      { name: 'arg2', description: 'Second test argument', required: true },
    ],
    get: ({ arg1, arg2 }) => says(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  },
  test_prompt_with_embedded_resource: {
    description: 'A prompt with a resource.',
    arguments: [{ name: 'resourceUri', description: 'What to embed', required: true }],
    get: ({ resourceUri = '' }) =>
      says(
        resource(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
        text('Please process the embedded resource above.'),
      ),
  },
  test_prompt_with_image: {
    description: 'A prompt with an image.',
    get: () => says(image(), text('Please analyze the image above.')),
  },
  test_input_required_result_prompt: {
    description: 'A prompt that asks the person first.',
    get(_args, { mcpReq }) {
      const context = acceptedContent(mcpReq.inputResponses, 'user_context')?.['context']
      if (typeof context === 'string') return says(text(`Work in the context of ${context}.`))
      const user_context = elicit(
        'What context should the prompt use?',
        { context: { type: 'string' } },
        ['context'],
      )
      return inputRequired({ inputRequests: { user_context } })
    },
  },
}
