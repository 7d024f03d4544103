/** Looking into images and packages, and planning what to make of them. */
import { type } from '@orpc/contract';
import * as z from 'zod';
import type { ConversionPlan, ExtractionPlan } from '../domain/conversion.ts';
import type { FormatDescription } from '../domain/format.ts';
import type { ImageInfo, ImageMap } from '../domain/image.ts';
import type { PackageInfo } from '../domain/package.ts';
import { call, fileName, path } from './base.ts';

export const targetRequest = z.object({
  format: z.string().min(1).max(64),
  variant: z.string().min(1).max(64).optional(),
  options: z.record(z.string().max(64), z.union([z.string().max(1024), z.number(), z.boolean()])).optional(),
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
  workers: z.number().int().min(0).max(256).optional(),
});

export const conversionRequest = z.object({
  source: z.object({ path, member: z.string().min(1).max(1024).optional() }),
  outputPath: path,
  target: targetRequest,
  force: z.boolean().optional(),
  verify: z.boolean().optional(),
  workers: z.number().int().min(0).max(256).optional(),
});

export const images = {
  /** What the drivers declare: from it every form is drawn. */
  formats: call.output(type<readonly FormatDescription[]>()),
  /** Is it an image or a package? By content. */
  inspect: call.input(z.object({ path })).output(type<ImageInfo>()),
  map: call.input(z.object({ path })).output(type<ImageMap>()),
  inspectPackage: call.input(z.object({ path })).output(type<PackageInfo>()),
  planExtraction: call.input(extractionRequest).output(type<ExtractionPlan>()),
  planConversion: call.input(conversionRequest).output(type<ConversionPlan>()),
};
