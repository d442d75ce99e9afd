/** Plain JSON: what may be stored, sent to another process, and read back the same. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
