// What is used of @xmpp/client 0.14, which has no types of its own.
declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";

  /** An element of the library's parser (ltx). */
  export interface Element {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string | undefined>>;
    children: (Element | string)[];
    is(name: string, xmlns?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    text(): string;
    toString(): string;
  }

  export interface Parser extends EventEmitter {
    readonly root: Element | null;
    write(text: string): void;
  }

  /** A net.Socket, or the library's wrapper around a TLSSocket. */
  export interface Socket extends EventEmitter {
    readonly secure?: boolean;
    readonly socket?: { destroy(): void } | null;
    connect(options: object): void;
    destroy?(): void;
  }

  /** One way to connect, by the scheme of its service's URI. */
  export interface Transport {
    readonly prototype: {
      socketParameters(service: string): object | undefined;
      readonly Socket: new () => Socket;
    };
  }

  export interface Client extends EventEmitter {
    readonly socket: Socket | null;
    readonly parser: Parser | null;
    readonly transports: readonly Transport[];
    readonly reconnect: { stop(): void };
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    restart(): Promise<unknown>;
    write(text: string): Promise<void>;
    isSecure(): boolean;
    socketParameters(service: string): object | undefined;
    _attachSocket(socket: Socket): void;
    _detachSocket(): void;
    _attachParser(parser: Parser): void;
    _onData(data: Buffer): void;
    _onElement(element: Element): void;
  }

  export interface ClientOptions {
    readonly service: string;
    readonly domain: string;
    readonly username: string;
    readonly password: string;
    /** Of each step, in milliseconds. */
    readonly timeout: number;
  }

  export function client(options: ClientOptions): Client;
  export const xml: { readonly Parser: new () => Parser };
}
