/** Stands in what is said as it should be, with a number behind it. */
export const STILL = "still-here-";

/** To the process of the input. */
export type ToChild =
  | { readonly kind: "start"; readonly input: string; readonly values: Readonly<Record<string, unknown>> }
  | { readonly kind: "stop" };

/** What it tells. */
export type ToParent =
  | { readonly kind: "connected" }
  /** What was said as it should be. */
  | { readonly kind: "heard"; readonly text: string }
  | { readonly kind: "fault"; readonly what: string; readonly why: string }
  | { readonly kind: "stopped"; readonly heard: number; readonly connections: number };
