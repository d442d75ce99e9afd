// The library ships no types. These are the parts that wire.ts uses, as read in its sources at 4.14.0.
declare module "irc-framework" {
  import type { Socket } from "node:net";

  /** One line from the server, parsed. Absent parts are empty strings. */
  export interface Line {
    readonly tags: Readonly<Record<string, string | undefined>>;
    readonly prefix: string;
    readonly nick: string;
    readonly ident: string;
    readonly hostname: string;
    readonly command: string;
    readonly params: readonly string[];
  }

  export interface ConnectOptions {
    readonly host: string;
    readonly port: number;
    readonly tls: boolean;
    readonly nick: string;
    readonly username: string;
    readonly gecos: string;
    readonly password?: string | undefined;
    readonly account: { readonly account?: string | undefined };
    readonly sasl_mechanism?: string | undefined;
    readonly client_certificate?: { readonly certificate: string; readonly private_key: string } | undefined;
    readonly transport: Transport;
    readonly sasl_disconnect_on_fail: boolean;
    readonly auto_reconnect: boolean;
    readonly ping_interval: number;
    readonly ping_timeout: number;
    readonly version: string;
  }

  /** One socket. */
  export type Transport = new (
    options: ConnectOptions,
  ) => {
    onSocketData(chunk: Buffer): void;
    emit(event: "line", line: string): void;
  };

  export class Client {
    readonly connection: {
      /** Those given to `connect`; the mechanism is read when the server has agreed to SASL. */
      readonly options: { sasl_mechanism?: string };
      write(line: string): void;
      /** With `failed`, at once and without flushing. */
      end(line?: string, failed?: boolean): void;
      on(event: "message", listener: (line: Line) => void): void;
    };
    readonly command_handler: { dispatch(line: Line): void };
    readonly network: {
      readonly cap: { isEnabled(name: string): boolean };
      supports(name: string): unknown;
      isChannelName(name: string): boolean;
      getServerTimeOffset(): number;
    };
    connect(options: ConnectOptions): void;
    caseLower(text: string): string;
    on(event: "raw socket connected", listener: (socket: Socket) => void): void;
    on(event: "socket close", listener: (error: Error | false | undefined) => void): void;
    on(event: "raw", listener: (frame: { line: string; from_server: boolean }) => void): void;
    on(event: "sasl failed", listener: (failure: { reason: string; message?: string }) => void): void;
    on(event: "loggedin", listener: () => void): void;
    on(event: "error", listener: () => void): void;
  }
}

declare module "irc-framework/src/transports/net.js" {
  const transport: import("irc-framework").Transport;
  export default transport;
}
