/** Boot sectors of FAT, exFAT and NTFS, which end like a master boot record and must not be taken for one. */
import { bytes, struct, u16le, u32le, u8 } from '../bytes/struct.ts';

export const bootSectorBytes = 512;
/** Cluster counts below these are FAT12, FAT16 (Microsoft's FAT specification, "FAT Type Determination"). */
const fat12Clusters = 4085;
const fat16Clusters = 65525;
const fat32Clusters = 0x0ffffff5;

/** The BIOS parameter block, its extension for FAT32 included (Microsoft's FAT specification 1.03). */
export const biosParameterBlock = struct({ format: 'fat', name: 'BIOS parameter block' }, bootSectorBytes, {
  jump: u8(0),
  bytesPerSector: u16le(11),
  sectorsPerCluster: u8(13),
  reservedSectors: u16le(14),
  fatCount: u8(16),
  rootEntries: u16le(17),
  totalSectors16: u16le(19),
  media: u8(21),
  fatSectors16: u16le(22),
  totalSectors32: u32le(32),
  fatSectors32: u32le(36),
  rootCluster: u32le(44),
  extendedSignature16: u8(38),
  volumeId16: u32le(39),
  label16: bytes(43, 11),
  extendedSignature32: u8(66),
  volumeId32: u32le(67),
  label32: bytes(71, 11),
  signature: u16le(510),
});

export type BiosParameterBlock = ReturnType<typeof biosParameterBlock.decode>;

/** Where the parts of a FAT volume lie, in its own sectors. */
export interface FatGeometry {
  readonly variant: 'fat12' | 'fat16' | 'fat32';
  readonly totalSectors: number;
  readonly fatSectors: number;
  readonly rootSectors: number;
  readonly firstDataSector: number;
  readonly clusterCount: number;
}

/** What the parameter block describes; null where it is not that of a FAT volume. */
export function fatGeometry(block: BiosParameterBlock): FatGeometry | null {
  const { bytesPerSector, sectorsPerCluster, reservedSectors, fatCount, media } = block;
  if (!isPowerOfTwo(bytesPerSector) || bytesPerSector < 512 || bytesPerSector > 4096) return null;
  if (!isPowerOfTwo(sectorsPerCluster) || reservedSectors === 0 || fatCount === 0) return null;
  if (media < 0xf8 && media !== 0xf0) return null;
  const totalSectors = block.totalSectors16 === 0 ? block.totalSectors32 : block.totalSectors16;
  const fatSectors = block.fatSectors16 === 0 ? block.fatSectors32 : block.fatSectors16;
  const rootSectors = Math.ceil((block.rootEntries * 32) / bytesPerSector);
  const firstDataSector = reservedSectors + fatCount * fatSectors + rootSectors;
  if (fatSectors === 0 || firstDataSector >= totalSectors) return null;
  const clusterCount = Math.floor((totalSectors - firstDataSector) / sectorsPerCluster);
  if (block.fatSectors16 === 0) {
    if (clusterCount > fat32Clusters) return null;
    return { variant: 'fat32', totalSectors, fatSectors, rootSectors, firstDataSector, clusterCount };
  }
  if (clusterCount >= fat16Clusters || block.rootEntries === 0) return null;
  const variant = clusterCount < fat12Clusters ? 'fat12' : 'fat16';
  return { variant, totalSectors, fatSectors, rootSectors, firstDataSector, clusterCount };
}

export type BootSectorFileSystem = 'fat12' | 'fat16' | 'fat32' | 'exfat' | 'ntfs' | 'refs' | 'bitlocker';

const oemNames: Readonly<Record<string, BootSectorFileSystem>> = {
  'NTFS    ': 'ntfs',
  'EXFAT   ': 'exfat',
  '-FVE-FS-': 'bitlocker',
  'ReFS\0\0\0\0': 'refs',
};

/**
 * The file system whose boot sector this is. FAT needs its name in one of the usual places, or a jump and the end mark,
 * as libblkid has it: a sound parameter block alone may be left over in an MBR.
 */
export function bootSectorFileSystem(sector: Uint8Array): BootSectorFileSystem | null {
  if (sector.length < bootSectorBytes) return null;
  const text = Buffer.from(sector.buffer, sector.byteOffset, bootSectorBytes).toString('latin1');
  const byName = oemNames[text.slice(3, 11)];
  if (byName !== undefined) return byName;
  const block = biosParameterBlock.decode(sector);
  const named =
    /^(?:FAT32 {3}|MSWIN)/.test(text.slice(0x52)) || /^(?:FAT(?:16|12)? |MSDOS)/.test(text.slice(0x36));
  const jumps = (block.jump === 0xeb || block.jump === 0xe9) && block.signature === 0xaa55;
  if (!named && !jumps) return null;
  if (text.startsWith('JFS     ', 0x36) || text.startsWith('HPFS    ', 0x36)) return null;
  return fatGeometry(block)?.variant ?? null;
}

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;
