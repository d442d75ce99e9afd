import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** The process that keeps a record alive. */
export interface Owner {
  readonly pid: number;
  /** Where its pid means something: the host, and on Linux its space of pids, as containers have their own. */
  readonly machine: string;
  /** When it began, in the machine's own clock ticks; tells it from a later process of the same pid. Linux only. */
  readonly began?: string;
}

const MACHINE = `${hostname()} ${pidSpace()}`.trim();

/** This process. */
export function self(): Owner {
  const began = lookUp(process.pid)?.began;
  return { pid: process.pid, machine: MACHINE, ...(began !== undefined && { began }) };
}

/** True when the process is certainly no more. One of another machine cannot be judged. */
export function isGone({ pid, machine, began }: Owner): boolean {
  if (machine !== MACHINE) return false;
  const found = lookUp(pid);
  if (found === undefined) return !exists(pid);
  return found.dead || (began !== undefined && found.began !== began);
}

/** Answers of `isGone`, each looked up once. */
export function newRollCall(): (owner: Owner) => boolean {
  const known = new Map<string, boolean>();
  return (owner) => {
    const key = `${owner.machine} ${owner.pid} ${owner.began}`;
    const gone = known.get(key) ?? isGone(owner);
    known.set(key, gone);
    return gone;
  };
}

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the second field, a name in brackets, may hold
// anything; the state is the third and the start time the twenty-second.
function lookUp(pid: number): { began: string; dead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { began: fields[19] ?? "", dead: fields[0] === "Z" || fields[0] === "X" };
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
