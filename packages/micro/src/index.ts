export {
  type Answer,
  type CallOptions,
  type Client,
  type ClientOptions,
  client,
  type Request,
  type StreamOptions,
} from "./client.ts";
export { debugEndpoints, type Stats } from "./debug.ts";
export { type ErrorRecord, recordOf } from "./errors.ts";
export type { Handler, HandlerContext } from "./handlers.ts";
export { elements, indentJson, members, shortened } from "./json.ts";
export { type Route, type RouteAnswer, type Service, type ServiceOptions, service } from "./service.ts";
export { clientOf } from "./shared.ts";
