/**
 * The door for tests: ports in memory, and a server in memory that can be made hostile.
 * @module
 */
export { START, TestClock, isPause } from "./clock.ts";
export { MemoryStore, QuickMiner, random } from "./ports.ts";
export { type Account, DIFFICULTY, type Person, Raw, Town, recordsOf } from "./town.ts";
