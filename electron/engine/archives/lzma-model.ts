/** Where each group of LZMA's probabilities begins in the one array of them, for decoder and encoder (LZMA specification). */

export const isMatch = 0;
export const isRep = 192;
export const isRepG0 = 204;
export const isRepG1 = 216;
export const isRepG2 = 228;
export const isRep0Long = 240;
export const posSlots = 432;
export const posSpecial = 688;
export const posAlign = 816;
export const matchLength = 832;
export const repLength = 1346;
export const literals = 1860;
