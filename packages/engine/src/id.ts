/**
 * A name that no other run or message has: time, then chance, so that they sort by age. Not a secret.
 * node:crypto would cost a command from the shell a tenth of its time.
 */
export function newId(): string {
  return `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8).padEnd(6, "0")}`;
}
