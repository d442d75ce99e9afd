import type { WebSocket } from "ws";

export const BOT = "UBOT00001";
export const TEAM = "T00000001";
const APP = "A00000001";

export interface DeliveryOptions {
  /** How long an ack may take before the event is sent again, in milliseconds; Slack's is 3000. */
  readonly ackWait?: number;
  /** How often an event is sent again; Slack's is 3. */
  readonly retries?: number;
}

type Payload = Readonly<Record<string, unknown>>;

interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly payload: Payload;
  readonly attempt: number;
  sent: number;
  timer?: NodeJS.Timeout;
}

/** Socket Mode: sockets, and envelopes that come again until they are acknowledged. */
export class Deliveries {
  readonly acks: { readonly envelope: string; readonly after: number }[] = [];
  readonly sockets = new Set<WebSocket>();
  /** How often something was sent again, as nobody acknowledged it. */
  repeats = 0;
  /** Acks do not count while this is set. */
  swallow = false;
  readonly #ackWait: number;
  readonly #retries: number;
  readonly #violations: string[];
  readonly #frozen = new Set<WebSocket>();
  /** Sockets that were asked to be replaced. */
  readonly #asked = new Set<WebSocket>();
  readonly #pending = new Map<string, Envelope>();
  readonly #sentOnce = new Set<string>();
  /** For the next socket. */
  readonly #held: Envelope[] = [];
  #next = 0;
  #events = 0;

  constructor(violations: string[], { ackWait = 3000, retries = 3 }: DeliveryOptions) {
    this.#violations = violations;
    this.#ackWait = ackWait;
    this.#retries = retries;
  }

  /** Events that were sent and not acknowledged. */
  get unacked(): number {
    return this.#pending.size + this.#held.length;
  }

  connect(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("message", (data) => this.#acked(String(data)));
    socket.send(
      JSON.stringify({
        type: "hello",
        num_connections: this.sockets.size,
        debug_info: { host: "fake", build_number: 1, approximate_connection_time: 18060 },
        connection_info: { app_id: APP },
      }),
    );
    for (const envelope of this.#held.splice(0)) this.#deliver(envelope);
  }

  /** An event of the Events API, in what is around it by default or as given. Returns its envelope's id. */
  event(event: Payload, outer: Payload = {}): string {
    return this.emit("events_api", {
      type: "event_callback",
      team_id: TEAM,
      api_app_id: APP,
      event_id: `Ev${++this.#events}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        { enterprise_id: null, team_id: TEAM, user_id: BOT, is_bot: true, is_enterprise_install: false },
      ],
      event,
      ...outer,
    });
  }

  emit(type: string, payload: Payload): string {
    const envelope = { id: crypto.randomUUID(), type, payload, attempt: 0, sent: 0 };
    this.#deliver(envelope);
    return envelope.id;
  }

  /** Slack asks one socket to be replaced, and closes it soon after if nobody does. */
  refresh(): void {
    const socket = [...this.sockets].find((one) => !this.#asked.has(one));
    if (!socket) return;
    this.#asked.add(socket);
    setTimeout(() => socket.close(), 10_000).unref();
    socket.send(
      JSON.stringify({ type: "disconnect", reason: "refresh_requested", debug_info: { host: "fake" } }),
    );
  }

  /** All sockets are cut; what is not acknowledged comes again when its time is over. */
  drop(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  /** The sockets open now carry nothing more, and stay open. */
  freeze(): void {
    for (const socket of this.sockets) {
      this.#frozen.add(socket);
      socket.pause();
    }
  }

  /** All sockets are cut with their server; what is not acknowledged comes again with the next server. */
  crash(): void {
    this.drop();
    this.sockets.clear();
    for (const envelope of this.#pending.values()) {
      clearTimeout(envelope.timer);
      this.#again(envelope);
    }
  }

  #acked(text: string): void {
    let frame: { envelope_id?: string };
    try {
      frame = JSON.parse(text);
    } catch {
      this.#violations.push(`a frame that is no JSON: ${text.slice(0, 100)}`);
      return;
    }
    const id = frame.envelope_id ?? "";
    const envelope = this.#pending.get(id);
    if (!envelope) {
      // Late, or a second time: Slack does not mind.
      if (!this.#sentOnce.has(id))
        this.#violations.push(`an ack of an envelope that was not sent: ${text.slice(0, 100)}`);
      return;
    }
    if (this.swallow) return;
    clearTimeout(envelope.timer);
    this.#pending.delete(id);
    this.acks.push({ envelope: id, after: performance.now() - envelope.sent });
  }

  #deliver(envelope: Envelope): void {
    const open = [...this.sockets];
    const socket = open[this.#next++ % Math.max(1, open.length)];
    if (!socket) {
      this.#held.push(envelope);
      return;
    }
    const { id, type, payload, attempt } = envelope;
    envelope.sent = performance.now();
    this.#sentOnce.add(id);
    this.#pending.set(id, envelope);
    if (!this.#frozen.has(socket))
      socket.send(
        JSON.stringify({
          envelope_id: id,
          type,
          payload,
          accepts_response_payload: type !== "events_api",
          retry_attempt: attempt,
          retry_reason: attempt > 0 ? "timeout" : "",
        }),
      );
    envelope.timer = setTimeout(() => this.#again(envelope), this.#ackWait);
  }

  #again(envelope: Envelope): void {
    this.#pending.delete(envelope.id);
    if (envelope.type !== "events_api" || envelope.attempt >= this.#retries) return;
    this.repeats++;
    // A new envelope with the same event.
    this.#deliver({ ...envelope, id: crypto.randomUUID(), attempt: envelope.attempt + 1 });
  }
}
