import type { McpNotification, McpRequestOptions } from '#core'

import type { SendOptions } from './connection.ts'

/**
 * What a server tells while it works on a request. Where guards read its result they can not read
 * this: then of progress only the numbers go on, and no log message does.
 */
export function tellerOf(
  options: Pick<McpRequestOptions, 'notify'>,
  isResultRead = false,
): SendOptions['notify'] {
  if (!options.notify) return undefined
  if (!isResultRead) return (notification) => options.notify?.(notification)
  return (notification) => {
    if (notification.method === 'notifications/progress') {
      options.notify?.(onlyNumbers(notification))
    }
  }
}

function onlyNumbers({ method, params }: McpNotification): McpNotification {
  const { progressToken, progress, total } = params ?? {}
  return {
    method,
    params: {
      progressToken,
      ...(typeof progress === 'number' && { progress }),
      ...(typeof total === 'number' && { total }),
    },
  }
}
