import type { Change, Event, Job, Jobs, Log, Store, When } from "@micro-bot/core";
export interface SchedulerOptions {
  readonly store: Store;
  readonly log: Log;
  readonly grace: number;
  accept(event: Event, changes: readonly Change[]): Promise<boolean>;
  missed(job: Job, event: Event, at: number, changes: readonly Change[]): Promise<boolean>;
}
export class Scheduler {
  constructor(_options: SchedulerOptions) {}
  plan(_event: Event, _when: When | Date, _text: string): { job: Job; changes: Change[] } {
    throw new Error();
  }
  jobsOf(_event: Event): Jobs {
    throw new Error();
  }
  wake(): void {}
  start(_signal: AbortSignal): void {}
}
