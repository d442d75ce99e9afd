// Words that golint keeps whole; the Go CLI does so when it prints a type's members.
const INITIALISMS =
  "ASCII HTTPS UTF8 GUID HTML HTTP JSON SMTP UUID API CPU CSS DNS EOF LHS QPS RAM RHS RPC SLA SSH TLS TTL UID URI URL XML ID IP UI VM".split(
    " ",
  );
const WORD = new RegExp(`(?:${INITIALISMS.join("|")})(?![a-z])|[A-Z]?[^A-Z_]+|[A-Z]`, "g");

/** `UserID` as `user_id`, `HTTPServer` as `http_server`. */
export function snakeCase(name: string): string {
  return (name.match(WORD) ?? [name]).join("_").toLowerCase();
}
