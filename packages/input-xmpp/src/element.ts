/** An element that came in, as the library's parser (ltx) gives it. */
export interface Element {
  /** With its prefix, as in `stream:features`. */
  readonly name: string;
  readonly attrs: Readonly<Record<string, string | undefined>>;
  children: (Element | string)[];
  is(name: string, xmlns?: string): boolean;
  /** Without its prefix. */
  getName(): string;
  getNS(): string | undefined;
  getChild(name: string, xmlns?: string): Element | undefined;
  getChildren(name: string, xmlns?: string): Element[];
  getChildElements(): Element[];
  getChildText(name: string, xmlns?: string): string | null;
  text(): string;
  toString(): string;
}
