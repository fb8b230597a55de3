import { Failure } from '@earshot/protocol/failures.ts';
import { PROTOCOL_VERSION } from '@earshot/protocol/version.ts';
import * as v from 'valibot';

/** Which limit a field is held to. */
const limitOf: Readonly<Record<string, string>> = {
  body: 'bodyBytes', blobs: 'blobsPerEvent', refers: 'refersPerEvent', add: 'membersPerConversation', remove: 'membersPerConversation', promote: 'membersPerConversation', grants: 'membersPerConversation',
  deviceGrants: 'deviceGrantsPerEvent',
  recovery: 'recoveryKeysPerPerson', text: 'linkMessageLength', hello: 'linkMessageLength',
  name: 'nameLength', handle: 'handleLength', password: 'passwordMax', current: 'passwordMax', limit: 'eventsPerPage',
  endpoint: 'pushEndpointLength', silent: 'conversationsPerPerson',
};

/** The value as the schema has it, or a failure that names the field; never what was in it. */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? '';
  if (field === 'envelope.version' && issue.received !== 'undefined') throw new Failure('request.version', { known: PROTOCOL_VERSION, seen: issue.received.slice(0, 20) });
  if (issue.type === 'max_length' || issue.type === 'max_value') {
    const last = field.split('.').findLast((part) => !/^\d+$/.test(part)) ?? '';
    const limit = last === 'length' && issue.type === 'max_value' ? 'blobBytes' : (limitOf[last] ?? last);
    // Four characters of base64url are three bytes.
    const unit = limit === 'bodyBytes' ? 3 / 4 : 1;
    throw new Failure('limit.reached', { limit, allowed: Math.floor(Number(issue.requirement) * unit), seen: Math.floor(Number(issue.received) * unit) });
  }
  throw new Failure('request.invalid', { field, expected: (issue.expected ?? issue.type).slice(0, 120) });
}
