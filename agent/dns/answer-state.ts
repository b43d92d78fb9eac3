import type { DnsQuestion } from './dns-question.ts';
import type { LookupOutcome, QuestionState } from './lookup.ts';

export type ResponseOutcome = Extract<
  LookupOutcome,
  'noerror' | 'nxdomain' | 'servfail' | 'refused' | 'other_errors'
>;

/** RFC 1035 section 4.1.1. */
export function outcomeOfRcode(rcode: number): ResponseOutcome {
  switch (rcode) {
    case 0:
      return 'noerror';
    case 2:
      return 'servfail';
    case 3:
      return 'nxdomain';
    case 5:
      return 'refused';
    default:
      return 'other_errors';
  }
}

/** What a response makes of its question; RFC 2308 for answers without a record. */
export function stateAfter({ rcode, answers, isTruncated }: DnsQuestion, tcp: boolean): QuestionState {
  if (isTruncated && !tcp) return 'truncated';
  const outcome = outcomeOfRcode(rcode);
  if (outcome !== 'noerror') return outcome;
  return answers > 0 ? 'answered' : 'empty';
}
