import { z } from 'zod';
import type { CloudEvent } from './cloud-event.ts';
import { captureRequestedType, captureRequestSchema, captureSchema, captureType } from './events/capture.ts';
import {
  acknowledgedSchema,
  acknowledgedType,
  auditSchema,
  auditType,
  baselineAcceptedSchema,
  baselineAcceptedType,
  rulesLoadedSchema,
  rulesLoadedType,
  silenceAddedType,
  silenceExpiredSchema,
  silenceExpiredType,
  silenceSchema,
  tickType,
  verdictGivenSchema,
  verdictGivenType,
} from './events/control.ts';
import { alertConfirmedSchema, alertConfirmedType } from './events/confirmation.ts';
import { deadLetterSchema, deadLetterType } from './events/dead-letter.ts';
import { digestDueSchema, digestDueType } from './events/digest.ts';
import {
  alertAnnotatedSchema,
  alertAnnotatedType,
  functionCalledSchema,
  functionCalledType,
} from './events/function.ts';
import { notificationSchema, notificationType, outboxFenceType } from './events/notification.ts';
import { observationBatchSchema, observationsType } from './events/observation.ts';
import { transitionSchema, transitionType } from './events/transition.ts';
import { envelopeFault } from './parse-cloud-event.ts';

/** Why an event cannot enter the stream, or `undefined`. */
export type EventValidator = (event: CloudEvent) => string | undefined;

/** The schema of `data` of every type of event there is. */
export const eventSchemas: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  [tickType, z.object({})],
  [observationsType, observationBatchSchema],
  [rulesLoadedType, rulesLoadedSchema],
  [baselineAcceptedType, baselineAcceptedSchema],
  [transitionType, transitionSchema],
  [alertConfirmedType, alertConfirmedSchema],
  [silenceAddedType, silenceSchema],
  [silenceExpiredType, silenceExpiredSchema],
  [acknowledgedType, acknowledgedSchema],
  [verdictGivenType, verdictGivenSchema],
  [auditType, auditSchema],
  [captureRequestedType, captureRequestSchema],
  [captureType, captureSchema],
  [notificationType, notificationSchema],
  [outboxFenceType, z.object({})],
  [functionCalledType, functionCalledSchema],
  [alertAnnotatedType, alertAnnotatedSchema],
  [digestDueType, digestDueSchema],
  [deadLetterType, deadLetterSchema],
]);

/** Checks envelope, type and data. Done once, at the append: stages may trust what they read. */
export const validateEvent: EventValidator = (event) => {
  const fault = envelopeFault(event);
  if (fault !== undefined) return fault;
  const schema = eventSchemas.get(event.type);
  if (schema === undefined) return `unknown event type ${event.type}`;
  const result = schema.safeParse(event.data);
  return result.success ? undefined : `${event.type}: ${firstIssue(result.error)}`;
};

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'invalid' : `${issue.path.map(String).join('.') || 'data'}: ${issue.message}`;
}
