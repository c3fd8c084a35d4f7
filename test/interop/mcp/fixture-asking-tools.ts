import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  MissingRequiredClientCapabilityError,
  type ClientCapabilities,
  type ElicitRequestFormParams,
  type InputRequest,
  type JSONObject,
  type ServerContext,
} from '@modelcontextprotocol/server'

import { text } from './fixture-content.ts'
import { readState, sealState } from './fixture-state.ts'
import type { FixtureTool } from './fixture-tools.ts'

type Properties = ElicitRequestFormParams['requestedSchema']['properties']

/** A question to the person, with a form. */
export function elicit(message: string, properties: Properties, required?: string[]): InputRequest {
  const requestedSchema = { type: 'object' as const, properties, ...(required ? { required } : {}) }
  return inputRequired.elicit({ message, requestedSchema })
}

function sample(prompt: string, maxTokens: number): InputRequest {
  const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }]
  return inputRequired.createMessage({ messages, maxTokens })
}

const YOUR_NAME = elicit('What is your name?', { name: { type: 'string' } }, ['name'])

/** A tool that asks one form and tells what came of it. */
function asksOnce(
  description: string,
  answered: string,
  question: (args: Readonly<Record<string, unknown>>) => InputRequest,
  properties?: Record<string, JSONObject>,
): FixtureTool {
  return {
    description,
    ...(properties ? { properties } : {}),
    call(args, { mcpReq }) {
      const answer = inputResponse(mcpReq.inputResponses, 'form')
      if (answer.kind !== 'elicit')
        return inputRequired({ inputRequests: { form: question(args) } })
      const said = `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`
      return { content: [text(`${answered}: ${said}`)] }
    },
  }
}

function capabilitiesOf({ mcpReq }: ServerContext): ClientCapabilities {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {}
  const declared = envelope[CLIENT_CAPABILITIES_META_KEY]
  return typeof declared === 'object' && declared !== null ? declared : {}
}

const STRING = { type: 'string' } as const

/** The tools that ask their client, in the way of either revision. */
export const askingTools: Readonly<Record<string, FixtureTool>> = {
  test_sampling: {
    description: 'Asks the model of the client.',
    properties: { prompt: STRING },
    call({ prompt }, { mcpReq }) {
      const answer = inputResponse(mcpReq.inputResponses, 'model')
      if (answer.kind !== 'sampling') {
        return inputRequired({ inputRequests: { model: sample(String(prompt), 100) } })
      }
      const { content } = answer.result
      const said = !Array.isArray(content) && content.type === 'text' ? content.text : ''
      return { content: [text(`LLM response: ${said}`)] }
    },
  },
  test_elicitation: asksOnce(
    'Asks the person.',
    'User response',
    ({ message }) =>
      elicit(
        String(message),
        {
          username: { type: 'string', description: "User's response" },
          email: { type: 'string', description: "User's email address" },
        },
        ['username', 'email'],
      ),
    { message: STRING },
  ),
  test_elicitation_sep1034_defaults: asksOnce(
    'Asks with defaults (SEP-1034).',
    'Elicitation completed',
    () =>
      elicit('Look at the defaults.', {
        name: { type: 'string', default: 'John Doe' },
        age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: {
          type: 'string',
          enum: ['active', 'inactive', 'pending'],
          default: 'active',
        },
        verified: { type: 'boolean', default: true },
      }),
  ),
  test_elicitation_sep1330_enums: asksOnce(
    'Asks to choose (SEP-1330).',
    'Elicitation completed',
    () =>
      elicit('Choose.', {
        untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        titledSingle: {
          type: 'string',
          oneOf: [
            { const: 'value1', title: 'First Option' },
            { const: 'value2', title: 'Second Option' },
            { const: 'value3', title: 'Third Option' },
          ],
        },
        legacyEnum: {
          type: 'string',
          enum: ['opt1', 'opt2', 'opt3'],
          enumNames: ['Option One', 'Option Two', 'Option Three'],
        },
        untitledMulti: {
          type: 'array',
          items: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        },
        titledMulti: {
          type: 'array',
          items: {
            anyOf: [
              { const: 'value1', title: 'First Choice' },
              { const: 'value2', title: 'Second Choice' },
              { const: 'value3', title: 'Third Choice' },
            ],
          },
        },
      }),
  ),
  test_streaming_elicitation: asksOnce(
    'Asks in the middle of its work.',
    'Answered',
    () => YOUR_NAME,
  ),
  test_missing_capability: {
    description: 'Needs a client that samples.',
    call(_args, context) {
      if (!capabilitiesOf(context).sampling) {
        throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } })
      }
      return { content: [text('The client samples.')] }
    },
  },
  test_input_required_result_elicitation: {
    description: 'Asks for a name.',
    call(_args, { mcpReq }) {
      const name = acceptedContent(mcpReq.inputResponses, 'user_name')?.['name']
      if (typeof name === 'string') return { content: [text(`Hello, ${name}!`)] }
      return inputRequired({ inputRequests: { user_name: YOUR_NAME } })
    },
  },
  test_input_required_result_sampling: {
    description: 'Asks the model for a capital.',
    call(_args, { mcpReq }) {
      const answer = inputResponse(mcpReq.inputResponses, 'capital_question')
      if (answer.kind === 'sampling') {
        return { content: [text(`The model says: ${JSON.stringify(answer.result.content)}`)] }
      }
      const capital_question = sample('What is the capital of France?', 100)
      return inputRequired({ inputRequests: { capital_question } })
    },
  },
  test_input_required_result_list_roots: {
    description: 'Asks for the roots.',
    call(_args, { mcpReq }) {
      const answer = inputResponse(mcpReq.inputResponses, 'client_roots')
      if (answer.kind === 'roots') {
        return { content: [text(`Roots: ${answer.roots.map(({ uri }) => uri).join(', ')}`)] }
      }
      return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
    },
  },
  test_input_required_result_request_state: {
    description: 'Asks to confirm, and knows its state again.',
    call(_args, { mcpReq }) {
      const answer = acceptedContent(mcpReq.inputResponses, 'confirm')
      if (answer && readState(mcpReq.requestState()) === 'confirm') {
        return { content: [text('state-ok')] }
      }
      const confirm = elicit('Please confirm', { ok: { type: 'boolean' } }, ['ok'])
      return inputRequired({ inputRequests: { confirm }, requestState: sealState('confirm') })
    },
  },
  test_input_required_result_multiple_inputs: {
    description: 'Asks three things at once.',
    call(_args, { mcpReq }) {
      const { inputResponses } = mcpReq
      const name = acceptedContent(inputResponses, 'user_name')
      const greeting = inputResponse(inputResponses, 'greeting')
      const roots = inputResponse(inputResponses, 'client_roots')
      if (name && greeting.kind === 'sampling' && roots.kind === 'roots') {
        readState(mcpReq.requestState())
        return { content: [text(`All was answered by ${String(name['name'])}.`)] }
      }
      return inputRequired({
        inputRequests: {
          user_name: YOUR_NAME,
          greeting: sample('Generate a greeting', 50),
          client_roots: inputRequired.listRoots(),
        },
        requestState: sealState('all'),
      })
    },
  },
  test_input_required_result_multi_round: {
    description: 'Asks twice.',
    call(_args, { mcpReq }) {
      const state = mcpReq.requestState() === undefined ? '' : readState(mcpReq.requestState())
      const name = acceptedContent(mcpReq.inputResponses, 'step1')?.['name']
      const colour = acceptedContent(mcpReq.inputResponses, 'step2')?.['color']
      if (state.startsWith('named ') && typeof colour === 'string') {
        return { content: [text(`${state.slice(6)} likes ${colour}.`)] }
      }
      if (state === 'begun' && typeof name === 'string') {
        const step2 = elicit(
          'Step 2: What is your favorite color?',
          { color: { type: 'string' } },
          ['color'],
        )
        return inputRequired({ inputRequests: { step2 }, requestState: sealState(`named ${name}`) })
      }
      const step1 = elicit('Step 1: What is your name?', { name: { type: 'string' } }, ['name'])
      return inputRequired({ inputRequests: { step1 }, requestState: sealState('begun') })
    },
  },
  test_input_required_result_tampered_state: {
    description: 'Refuses a state that it did not give.',
    call(_args, { mcpReq }) {
      const state = mcpReq.requestState()
      if (state !== undefined) return { content: [text(`The state is ${readState(state)}.`)] }
      const confirm = elicit('Please confirm', { ok: { type: 'boolean' } }, ['ok'])
      return inputRequired({ inputRequests: { confirm }, requestState: sealState('untouched') })
    },
  },
  test_input_required_result_capabilities: {
    description: 'Asks only what the client can answer.',
    call(_args, context) {
      const { sampling, elicitation, roots } = capabilitiesOf(context)
      const { inputResponses } = context.mcpReq
      if (inputResponses && Object.keys(inputResponses).length > 0) {
        return { content: [text('Thank you.')] }
      }
      const inputRequests = {
        ...(sampling ? { model: sample('Say something.', 50) } : {}),
        ...(elicitation ? { user_name: YOUR_NAME } : {}),
        ...(roots ? { client_roots: inputRequired.listRoots() } : {}),
      }
      if (Object.keys(inputRequests).length > 0) return inputRequired({ inputRequests })
      return { content: [text('This client can be asked nothing.')] }
    },
  },
}
