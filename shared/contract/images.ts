/** Looking into images and packages, and planning what to make of them. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { BuilderDescription, BuildPlan } from '../domain/build.ts';
import type { ConversionPlan, ExtractionPlan } from '../domain/conversion.ts';
import type { FormatDescription, WrapperDescription } from '../domain/format.ts';
import type { FileListing } from '../domain/guest.ts';
import type { ImageInfo, MapOverview } from '../domain/image.ts';
import type { PackageInfo } from '../domain/package.ts';
import { call, fileName, path } from './base.ts';

/** A field of many lines (a licence, user data) may be long. */
export const optionValues = z.record(
  z.string().max(64),
  z.union([z.string().max(65_536), z.number(), z.boolean()]),
);

/** More than a screen has room for. */
export const mostMapCells = 4096;

const span = z.object({ start: z.number().int().min(0), length: z.number().int().min(0) });

export const sourceReference = z.object({
  path,
  member: z.string().min(1).max(4096).optional(),
  format: z.string().min(1).max(64).optional(),
  snapshot: z.string().min(1).max(1024).optional(),
  volume: span.optional(),
  grown: z
    .object({
      unitBytes: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
      leastBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    })
    .optional(),
  passphrase: z.string().min(1).max(1024).optional(),
  allowed: z.array(path).max(256).optional(),
});

export const targetRequest = z.object({
  format: z.string().min(1).max(64),
  variant: z.string().min(1).max(64).optional(),
  options: optionValues.optional(),
  backing: sourceReference.optional(),
  wrapper: z.string().min(1).max(64).optional(),
});

const capacityBytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const creationRequest = z.object({
  outputPath: path,
  target: targetRequest,
  capacityBytes: capacityBytes.optional(),
  force: z.boolean().optional(),
});

export const resizeRequest = z.object({ path, capacityBytes, shrink: z.boolean().optional() });

export const repairRequest = z.object({ path, scope: z.enum(['leaks', 'all']) });

export const buildRequest = z.object({
  builder: z.string().min(1).max(64),
  inputs: z.array(sourceReference).max(256),
  outputPath: path,
  fields: optionValues,
  force: z.boolean().optional(),
  verify: z.boolean().optional(),
});

const treePath = z.string().max(4096);

export const fileExtractionRequest = z.object({
  source: sourceReference,
  partition: z.number().int().min(1).max(4096).optional(),
  paths: z.array(treePath).max(10_000),
  outputFolder: path,
  force: z.boolean().optional(),
});

const listingRequest = z.object({
  source: sourceReference,
  folder: treePath.optional(),
  recursive: z.boolean().optional(),
  partition: z.number().int().min(1).max(4096).optional(),
});

export const extractionRequest = z.object({
  packagePath: path,
  outputFolder: path,
  disks: z
    .array(
      z.object({ name: z.string().min(1).max(1024), target: targetRequest, fileName: fileName.optional() }),
    )
    .max(256),
  force: z.boolean().optional(),
  verify: z.boolean().optional(),
  sync: z.boolean().optional(),
});

export const conversionRequest = z.object({
  source: sourceReference,
  outputPath: path,
  target: targetRequest,
  capacityBytes: capacityBytes.optional(),
  force: z.boolean().optional(),
  verify: z.boolean().optional(),
  sync: z.boolean().optional(),
});

export const images = {
  /** What the drivers declare: from it every form is drawn. */
  formats: call.output(type<readonly FormatDescription[]>()),
  /** The compressions that a whole image can be written in. */
  wrappers: call.output(type<readonly WrapperDescription[]>()),
  /** Is it an image or a package? By content. */
  inspect: call.input(sourceReference).output(type<ImageInfo>()),
  /** Which parts of a disk hold data, summed up in cells. */
  map: call
    .input(
      z.object({
        source: sourceReference,
        span: span.optional(),
        cells: z.number().int().min(1).max(mostMapCells),
      }),
    )
    .output(type<MapOverview>()),
  inspectPackage: call.input(z.object({ path })).output(type<PackageInfo>()),
  planExtraction: call.input(extractionRequest).output(type<ExtractionPlan>()),
  planConversion: call.input(conversionRequest).output(type<ConversionPlan>()),
  /** What is in a package, on a medium or on a partition. */
  listFiles: call.input(listingRequest).output(type<FileListing>()),
  /** What can be built, and from what: from it every form is drawn. */
  builders: call.output(type<readonly BuilderDescription[]>()),
  planBuild: call.input(buildRequest).output(type<BuildPlan>()),
};
