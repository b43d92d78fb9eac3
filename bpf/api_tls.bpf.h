/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a TLS connection shows without being decrypted: the types and lengths of its records (RFC 8446 section 5.1,
 * RFC 5246 section 6.2.1), and the whole ClientHello.
 */
#ifndef SACCADE_API_TLS_BPF_H
#define SACCADE_API_TLS_BPF_H

#include "verified_once.h"

#define TLS_CHANGE_CIPHER_SPEC 20
#define TLS_ALERT 21
#define TLS_HANDSHAKE 22
#define TLS_APPLICATION_DATA 23
#define TLS_CLIENT_HELLO 1
#define TLS_EXTENSION_ALPN 16

#define TLS_HEADER 5
/* A change_cipher_spec record is six bytes: what stands behind it begins here. */
#define TLS_BEHIND_CCS 6
/* TLS 1.3: a Finished of SHA-256 or SHA-384 as a record: header, message, type and tag. */
#define TLS13_FINISHED_SHA256 (TLS_HEADER + 4 + 32 + 1 + 16)
#define TLS13_FINISHED_SHA384 (TLS_HEADER + 4 + 48 + 1 + 16)
/* TLS 1.2: the same with any of its ciphers. With a request behind it, the packet is longer. */
#define TLS12_FINISHED_MAX (TLS_HEADER + 80)
/* TLS 1.3: an alert, above all close_notify. */
#define TLS13_ALERT (TLS_HEADER + 2 + 1 + 16)
/* No HTTP/1.1 request is so short ("GET / HTTP/1.1", "Host: x"), but frames of HTTP/2 and WebSocket are. */
#define TLS_SHORTEST_REQUEST (TLS_HEADER + 24 + 16)
/* Two session tickets of the usual servers stay below; with a client's certificate inside they may not. */
#define TLS_TICKETS_MAX 900

/* First bytes of a payload; what is not there is zero. */
struct payload_head {
	__u8 bytes[12];
};

static __always_inline void read_head(struct __sk_buff *ctx, __u32 at, __u32 length, struct payload_head *head)
{
	if (length >= sizeof(head->bytes))
		bpf_skb_load_bytes(ctx, at, head->bytes, sizeof(head->bytes));
	else if (length >= TLS_BEHIND_CCS)
		bpf_skb_load_bytes(ctx, at, head->bytes, TLS_BEHIND_CCS);
}

static __always_inline bool is_record(const struct payload_head *head, __u8 type)
{
	return head->bytes[0] == type && head->bytes[1] == 3;
}

static __always_inline bool is_client_hello(const struct payload_head *head)
{
	return is_record(head, TLS_HANDSHAKE) && head->bytes[5] == TLS_CLIENT_HELLO;
}

/* HTTP/2 without TLS begins with a preface (RFC 9113 section 3.4). */
static __always_inline bool is_http2_preface(const struct payload_head *head)
{
	return head->bytes[0] == 'P' && head->bytes[1] == 'R' && head->bytes[2] == 'I' && head->bytes[3] == ' ';
}

/* "HTTP/1.1 101": the connection goes on as a WebSocket (RFC 6455 section 4.2.2). */
static __always_inline bool is_switch_of_protocols(const struct payload_head *head)
{
	return head->bytes[0] == 'H' && head->bytes[1] == 'T' && head->bytes[4] == '/' && head->bytes[8] == ' ' &&
	       head->bytes[9] == '1' && head->bytes[10] == '0' && head->bytes[11] == '1';
}

static __always_inline bool is_alert(const struct payload_head *head, __u32 length)
{
	return is_record(head, TLS_ALERT) || (is_record(head, TLS_APPLICATION_DATA) && length == TLS13_ALERT);
}

/* Too short for a request of HTTP/1.1. */
static __always_inline bool is_small_frame(const struct payload_head *head, __u32 length)
{
	return is_record(head, TLS_APPLICATION_DATA) && length < TLS_SHORTEST_REQUEST;
}

/* Asked for by a HelloRetryRequest of TLS 1.3 (RFC 8446 section 4.1.4). */
static __always_inline bool is_second_hello(const struct payload_head *head)
{
	return head->bytes[TLS_BEHIND_CCS] == TLS_HANDSHAKE &&
	       head->bytes[TLS_BEHIND_CCS + TLS_HEADER] == TLS_CLIENT_HELLO;
}

/*
 * Behind a ServerHello, only a client of TLS 1.2 sends handshake records in the clear, other than another ClientHello:
 * its key, or when it resumes a session, an encrypted Finished behind change_cipher_spec.
 */
static __always_inline bool is_tls12_handshake(const struct payload_head *head)
{
	if (is_record(head, TLS_HANDSHAKE))
		return head->bytes[TLS_HEADER] != TLS_CLIENT_HELLO;
	return is_record(head, TLS_CHANGE_CIPHER_SPEC) && head->bytes[TLS_BEHIND_CCS] == TLS_HANDSHAKE &&
	       !is_second_hello(head);
}

/* What a client sends behind a ServerHello, without a request in the same packet. */
static __always_inline bool is_end_of_handshake(const struct payload_head *head, __u32 length)
{
	if (is_record(head, TLS_HANDSHAKE))
		return true;
	if (is_record(head, TLS_CHANGE_CIPHER_SPEC))
		return length <= TLS_BEHIND_CCS + TLS12_FINISHED_MAX || is_second_hello(head);
	return is_record(head, TLS_APPLICATION_DATA) &&
	       (length == TLS13_FINISHED_SHA256 || length == TLS13_FINISHED_SHA384);
}

static __always_inline __u32 load_u8(struct __sk_buff *ctx, __u32 at)
{
	__u8 value = 0;

	bpf_skb_load_bytes(ctx, at, &value, sizeof(value));
	return value;
}

static __always_inline __u32 load_u16(struct __sk_buff *ctx, __u32 at)
{
	__be16 value = 0;

	bpf_skb_load_bytes(ctx, at, &value, sizeof(value));
	return bpf_ntohs(value);
}

/* Two records of one length and nothing else: a server's two session tickets, as most servers send them. */
static __always_inline bool is_pair_of_tickets(struct __sk_buff *ctx, const struct payload_head *head, __u32 at,
					       __u32 length)
{
	__u32 record = head->bytes[3] << 8 | head->bytes[4];

	return length == 2 * (TLS_HEADER + record) && load_u8(ctx, at + length / 2) == TLS_APPLICATION_DATA &&
	       load_u16(ctx, at + length / 2 + 3) == record;
}

/* Whether a list of protocol names (RFC 7301 section 3.1) holds "h2"; `at`: its first name. */
static __always_inline bool lists_http2(struct __sk_buff *ctx, __u32 at)
{
	for (int name = 0; name < 4; name++) {
		__u32 length = load_u8(ctx, at);

		if (length == 0)
			return false;
		if (length == 2 && load_u16(ctx, at + 1) == (('h' << 8) | '2'))
			return true;
		at += 1 + length;
	}
	return false;
}

/*
 * Whether a ClientHello (RFC 8446 section 4.1.2) offers HTTP/2. A hello of several segments is one packet here, because
 * the network card cuts it later.
 */
VERIFIED_ONCE int offers_http2(struct __sk_buff *ctx, __u32 at)
{
	/* Record header, message header, version and random; then what has lengths of its own. */
	at += TLS_HEADER + 4 + 2 + 32;
	at += 1 + load_u8(ctx, at);
	at += 2 + load_u16(ctx, at);
	at += 1 + load_u8(ctx, at);
	at += 2;
	for (int extension = 0; extension < 32 && at + 4 <= ctx->len; extension++) {
		if (load_u16(ctx, at) == TLS_EXTENSION_ALPN)
			return lists_http2(ctx, at + 4 + 2);
		at += 4 + load_u16(ctx, at + 2);
	}
	return false;
}

#endif
