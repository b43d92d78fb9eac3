/* SPDX-License-Identifier: GPL-2.0-only */
/* Follows one connection: who spoke last, and how long the peer took. */
#ifndef SACCADE_API_EXCHANGE_BPF_H
#define SACCADE_API_EXCHANGE_BPF_H

#include "api_state.bpf.h"
#include "api_tls.bpf.h"

/* A TCP segment as far as it matters here. */
struct segment {
	__u32 seq;
	__u32 ack;
	__u32 payload_at;
	__u32 length; /* of the payload */
	bool syn;
	bool ends; /* FIN or RST */
};

/* Of sequence numbers, which wrap around (RFC 9293 section 3.4). */
static __always_inline bool is_behind(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

#define EXCLUDE(state, counters, field)                                                                        \
	({                                                                                                     \
		(state)->stage = API_EXCLUDED;                                                                 \
		__sync_fetch_and_add(&(counters)->field, 1);                                                   \
	})

/* More than one of eleven answers was a long poll: of such a peer, a long wait says nothing. */
static __always_inline bool keeps_waiting(const struct api_counters *counters)
{
	return counters->excluded_long_waits >= API_LONG_POLLS &&
	       counters->prompt < API_PROMPT_TO_A_POLL * counters->excluded_long_waits;
}

/*
 * While this request waited, more than two of three others were answered promptly, also of those asked in the second
 * half: the peer was well. Answers right behind the begin say nothing: a peer that stops has some still under way.
 */
static __always_inline bool others_were_answered(const struct api_socket *state, const struct api_counters *counters,
						 __u64 wait_ns)
{
	__u64 asked = counters->asked - state->asked_before;
	__u64 prompt = counters->prompt - state->prompt_before;

	/* Less than before: the entry was evicted since. */
	if (counters->asked < state->asked_before || counters->prompt < state->prompt_before)
		return false;
	return counters->prompt_asked_ns > state->sent_ns + wait_ns / 2 && 3 * prompt > 2 * asked;
}

/*
 * Did the peer let the client wait on purpose, because there was nothing to say yet? If neither connection nor peer
 * have shown that they answer promptly: yes. If they have, the wait is slowness, unless long polls are what this peer
 * is known for, or the others were answered meanwhile. A wait that was given up is no poll for these two reasons: a
 * poll is answered, if only by "nothing new".
 */
static __always_inline bool is_long_poll(const struct api_socket *state, const struct api_counters *counters,
					 __u64 wait_ns, bool answered)
{
	bool patient = keeps_waiting(counters);
	bool prompt = counters->prompt >= API_PROMPT_ANSWERS && !patient;

	if (wait_ns <= api_long_wait_ns)
		return false;
	if (state->answers < API_TRUSTED_ANSWERS && !prompt)
		return true;
	return answered && (patient || others_were_answered(state, counters, wait_ns));
}

/* The wait for an answer to the request under way ended at `at_ns`. */
static __always_inline void tell_wait(struct api_socket *state, struct api_counters *counters, __u64 at_ns,
				      bool answered)
{
	__u64 wait_ns = at_ns - state->sent_ns;

	if (answered && !state->partial && wait_ns <= api_long_wait_ns) {
		__sync_fetch_and_add(&counters->prompt, 1);
		if (state->sent_ns > counters->prompt_asked_ns)
			counters->prompt_asked_ns = state->sent_ns;
	}
	if (state->partial) {
		__sync_fetch_and_add(&counters->excluded_unclear, 1);
	} else if (state->paused) {
		__sync_fetch_and_add(&counters->excluded_paused, 1);
	} else if (is_long_poll(state, counters, wait_ns, answered)) {
		__sync_fetch_and_add(&counters->excluded_long_waits, 1);
	} else {
		ADD_TIME(counters, response_us, wait_ns);
		__sync_fetch_and_add(&counters->requests, 1);
		if (!answered)
			__sync_fetch_and_add(&counters->unanswered, 1);
		else if (state->answers < API_TRUSTED_ANSWERS)
			state->answers++;
	}
	state->partial = 0;
	state->ticket_ns = 0;
	state->tickets_due = 0;
}

static __always_inline void ask_on(struct api_socket *state, __u64 now_ns)
{
	if (now_ns - state->sent_ns >= api_pause_ns)
		state->paused = 1;
	state->sent_ns = now_ns;
}

/* A whole request without a frame of HTTP/2: the peer did not take it, and the answer is one. */
static __always_inline void release_answer(struct api_socket *state, struct api_counters *counters)
{
	if (!state->held_ns)
		return;
	tell_wait(state, counters, state->held_ns, true);
	state->held_ns = 0;
	state->http2 = 0;
}

/* A request begins, or goes on. */
static __always_inline void ask(struct api_socket *state, struct api_counters *counters, __u64 now_ns)
{
	release_answer(state, counters);
	if (state->ticket_ns) {
		/* Tickets in the midst of a request, or its answer and the next request? */
		__sync_fetch_and_add(&counters->excluded_unclear, 1);
		state->ticket_ns = 0;
	} else if (state->stage == API_ASKING) {
		ask_on(state, now_ns);
		return;
	}
	state->paused = 0;
	state->stage = API_ASKING;
	state->sent_ns = now_ns;
	__sync_fetch_and_add(&counters->asked, 1);
	state->asked_before = counters->asked;
	state->prompt_before = counters->prompt;
}

/* First data on a connection; true: it is no request. */
static __always_inline bool open_with(struct __sk_buff *ctx, struct api_socket *state, struct api_counters *counters,
				      const struct segment *segment, const struct payload_head *head)
{
	if (is_client_hello(head)) {
		state->stage = API_HELLO_SENT;
		state->http2 = offers_http2(ctx, segment->payload_at);
		return true;
	}
	if (is_http2_preface(head)) {
		EXCLUDE(state, counters, excluded_http2);
		return true;
	}
	return false;
}

/* What a client sends once its hello was answered; true: it is no request. */
static __always_inline bool finish_handshake(struct api_socket *state, const struct segment *segment,
					     const struct payload_head *head)
{
	if (is_tls12_handshake(head))
		state->tls12 = 1;
	else if (!state->tls12 && segment->length > TLS_BEHIND_CCS)
		state->tickets_due = 1;
	return is_end_of_handshake(head, segment->length);
}

/* New data of the client. */
static __always_inline void account_sent(struct __sk_buff *ctx, struct api_socket *state,
					 const struct segment *segment, __u64 now_ns)
{
	struct payload_head head = {};
	struct api_counters *counters;

	if (state->stage == API_HELLO_SENT) {
		state->sent_ns = now_ns;
		return;
	}
	/* The bulk of an upload. */
	if (state->stage == API_ASKING && !state->ticket_ns && segment->length >= TLS_SHORTEST_REQUEST) {
		ask_on(state, now_ns);
		return;
	}
	counters = counters_of(state);
	if (!counters)
		return;
	read_head(ctx, segment->payload_at, segment->length, &head);
	if (state->stage == API_OPENED && open_with(ctx, state, counters, segment, &head)) {
		state->sent_ns = now_ns;
		return;
	}
	if (state->stage == API_HANDSHAKING && finish_handshake(state, segment, &head))
		return;
	if (is_alert(&head, segment->length))
		return;
	if (!is_small_frame(&head, segment->length))
		ask(state, counters, now_ns);
	else if (state->http2)
		EXCLUDE(state, counters, excluded_http2);
	else
		EXCLUDE(state, counters, excluded_duplex);
}

static __always_inline void answer_hello(struct api_socket *state, struct api_counters *counters, __u64 now_ns)
{
	__sync_fetch_and_add(&counters->hellos, 1);
	ADD_TIME(counters, server_hello_us, now_ns - state->sent_ns);
	state->stage = API_HANDSHAKING;
}

/*
 * Data while a request is under way: its answer, but for two things. Session tickets of TLS 1.3 come as soon as the
 * handshake is over, look like any data, and would pass for the answer to the first request. And who speaks before
 * having everything that the client said does not answer: the two do not take turns.
 */
static __always_inline void account_answer(struct __sk_buff *ctx, struct api_socket *state,
					   struct api_counters *counters, const struct segment *segment, __u64 now_ns)
{
	bool overlaps = is_behind(state->sent_end, segment->ack);
	struct payload_head head = {};

	read_head(ctx, segment->payload_at, segment->length, &head);
	if (state->tickets_due && segment->length <= TLS_TICKETS_MAX) {
		state->tickets_due = 0;
		if (!overlaps && !is_pair_of_tickets(ctx, &head, segment->payload_at, segment->length))
			state->ticket_ns = now_ns;
		return;
	}
	state->stage = API_ANSWERING;
	if (is_switch_of_protocols(&head))
		EXCLUDE(state, counters, excluded_duplex);
	else if (!overlaps && state->http2)
		state->held_ns = now_ns;
	else if (!overlaps)
		tell_wait(state, counters, now_ns, true);
	else if (++state->overlaps >= API_MAX_OVERLAPS)
		EXCLUDE(state, counters, excluded_duplex);
	else
		__sync_fetch_and_add(&counters->excluded_unclear, 1);
}

/* After a pause, an answer that goes on is a stream, or the peer speaks unasked, but for the end of a TLS session. */
static __always_inline void account_resumption(struct __sk_buff *ctx, struct api_socket *state,
					       struct api_counters *counters, const struct segment *segment)
{
	struct payload_head head = {};

	read_head(ctx, segment->payload_at, segment->length, &head);
	if (!is_alert(&head, segment->length))
		EXCLUDE(state, counters, excluded_streams);
}

/* New data of the peer. */
static __always_inline void account_received(struct __sk_buff *ctx, struct api_socket *state,
					     const struct segment *segment, __u64 now_ns)
{
	__u64 silent_ns = now_ns - state->received_ns;
	struct api_counters *counters;

	state->received_ns = now_ns;
	/* The bulk of a download. */
	if (state->stage == API_ANSWERING && silent_ns < api_pause_ns)
		return;
	counters = counters_of(state);
	if (!counters)
		return;
	if (state->stage == API_HELLO_SENT)
		answer_hello(state, counters, now_ns);
	else if (state->stage == API_HANDSHAKING)
		state->tickets_due = 0;
	else if (state->stage == API_ASKING)
		account_answer(ctx, state, counters, segment, now_ns);
	else if (state->stage == API_ANSWERING)
		account_resumption(ctx, state, counters, segment);
}

/* The connection ends while a request is under way. A client that has said all may still listen: it must have waited. */
static __always_inline void account_end(struct api_socket *state, __u64 now_ns)
{
	bool pending = state->stage == API_ASKING && (state->ticket_ns || now_ns - state->sent_ns >= api_pause_ns);
	struct api_counters *counters;

	if (!pending && !state->held_ns)
		return;
	counters = counters_of(state);
	if (!counters)
		return;
	if (state->held_ns)
		release_answer(state, counters);
	else if (!state->ticket_ns)
		tell_wait(state, counters, now_ns, false);
	else if (now_ns - state->ticket_ns < api_pause_ns)
		/* What might have been a ticket was the answer. */
		tell_wait(state, counters, state->ticket_ns, true);
	else
		/* An answer and then idleness, or a ticket and then nobody? */
		__sync_fetch_and_add(&counters->excluded_unclear, 1);
	state->stage = API_EXCLUDED;
}

#endif
