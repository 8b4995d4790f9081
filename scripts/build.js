/** `npm run build`: builds what is missing or older than its sources. */
import { refuseOldNode } from "./node24.js";
import { forServing, setUp } from "./setup.js";

refuseOldNode();
await setUp(forServing);
