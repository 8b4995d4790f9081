/** Real names, real DNS, real TLS, and the outbound door as it is: on an internet of its own, which goes with the test. */
import { runInOwnWorld } from "./own-world.ts";

process.exitCode = await runInOwnWorld(new URL("./internet-stories.ts", import.meta.url));
