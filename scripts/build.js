/** `npm run build`: builds what is missing or older than its sources. */
import { refuseOldNode } from "./node24.js";
import { setUp } from "./setup.js";

refuseOldNode();
await setUp();
