/** `npm run build`: builds what is missing or older than its sources. */
import { build, install, refuseOldNode } from "./setup.js";

refuseOldNode();
install();
build();
