/** A request's JSON body: of the right type, bounded before it is read whole, and parsed (spec/12.4). */
import { ApiError } from "@keypears/api";
import { concat, fromUtf8 } from "@keypears/protocol";

/** The largest body of a call, in bytes: an envelope and its solution, with room to spare. */
const BODY_BYTES = 128 * 1024;

/** Throws `unsupported_media_type`, `too_large` or `invalid_input`. */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new ApiError("unsupported_media_type");
  const bytes = await readBounded(request);
  const text = fromUtf8(bytes);
  if (text === null) throw new ApiError("invalid_input", { reason: "body: not UTF-8" });
  try {
    return JSON.parse(text);
  } catch (error) {
    // A SyntaxError, or a RangeError for brackets nested too deep.
    if (error instanceof SyntaxError || error instanceof RangeError) {
      throw new ApiError("invalid_input", { reason: "body: not JSON" });
    }
    throw error;
  }
}

async function readBounded(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (Number(announced ?? 0) > BODY_BYTES) throw new ApiError("too_large");
  if (announced !== null) {
    // In one piece, which is much faster: the listener reads no more than was announced.
    const bytes = new Uint8Array(await request.arrayBuffer().catch(brokenOff));
    if (bytes.length > BODY_BYTES) throw new ApiError("too_large");
    return bytes;
  }
  const parts: Uint8Array[] = [];
  const reader = request.body?.getReader();
  for (let length = 0; reader !== undefined;) {
    const { done, value } = await reader.read().catch(brokenOff);
    if (done) break;
    length += value.length;
    if (length > BODY_BYTES) {
      // The caller is told now; what is still to come is nobody's concern, nor is how its reading ends.
      reader.cancel().catch(() => {});
      throw new ApiError("too_large");
    }
    parts.push(value);
  }
  return concat(...parts);
}

/** The caller has gone away: no failure of this server. */
function brokenOff(): never {
  throw new ApiError("invalid_input", { reason: "body: broken off" });
}
