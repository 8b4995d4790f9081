import assert from "node:assert/strict";
import { test } from "node:test";
import { daysBetween, localeOf, timesIn } from "./time.ts";

const at = (text: string) => new Date(text).getTime();
const times = timesIn("en-GB", { today: "Today", yesterday: "Yesterday" });
const now = at("2026-11-24T15:00");

test("a list says as much of a time as it needs", () => {
  assert.equal(times.short(at("2026-11-24T09:05"), now), "9:05");
  assert.equal(times.short(at("2026-11-23T23:59"), now), "Yesterday");
  assert.equal(times.short(at("2026-11-20T12:00"), now), "Friday");
  assert.equal(times.short(at("2026-11-17T12:00"), now), "17/11/2026");
});

test("a day has its name for a week, then its date, with the year where it is another", () => {
  assert.equal(times.day(at("2026-11-24T00:00"), now), "Today");
  assert.equal(times.day(at("2026-11-23T00:00"), now), "Yesterday");
  assert.equal(times.day(at("2026-11-19T00:00"), now), "Thursday");
  assert.equal(times.day(at("2026-03-02T00:00"), now), "Monday 2 March");
  assert.equal(times.day(at("2025-12-31T00:00"), now), "31 December 2025");
});

test("a moment that lies ahead of this device's clock belongs to today", () => {
  assert.equal(times.day(now + 60_000, now), "Today");
  assert.equal(times.short(at("2026-11-25T00:01"), now), "0:01");
});

test("days are those of the calendar, also when the clocks change", () => {
  assert.equal(daysBetween(at("2026-03-28T23:00"), at("2026-03-29T23:00")), 1);
  assert.equal(daysBetween(at("2026-10-24T23:00"), at("2026-10-26T01:00")), 2);
});

test("the browser's region counts where it speaks the app's language", () => {
  assert.equal(localeOf("en", ["de-AT", "en-GB", "en-US"]), "en-GB");
  assert.equal(localeOf("en", ["de-AT"]), "en");
});
