/** The doctor on an internet of real names, certificates and addresses, which goes with the test. */
import { runInOwnWorld } from "./own-world.ts";

process.exitCode = await runInOwnWorld(new URL("./doctor-stories.ts", import.meta.url));
