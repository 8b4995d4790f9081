/** How many workers mine, so that whoever uses the device does not notice. */

/** What a browser says of its device. */
export interface DeviceFacts {
  /** `navigator.hardwareConcurrency`. */
  readonly cores: number;
  /** `navigator.deviceMemory`: gibibytes, rounded to a power of two; undefined where a browser does not say. */
  readonly memory: number | undefined;
  readonly isOnBattery: boolean;
  readonly isVisible: boolean;
}

/** A device with so little memory, in gibibytes, is a small one, whatever the number of its cores. */
const LITTLE_MEMORY = 2;

/** All cores but one; half of them on battery and on small devices, and half of that again while nobody looks. At least one. */
export function workerCount({ cores, memory, isOnBattery, isVisible }: DeviceFacts): number {
  const isSpared = isOnBattery || (memory !== undefined && memory <= LITTLE_MEMORY);
  const most = isSpared ? Math.floor(cores / 2) : cores - 1;
  return Math.max(1, isVisible ? most : Math.floor(most / 2));
}
