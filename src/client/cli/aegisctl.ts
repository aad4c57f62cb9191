#!/usr/bin/env node
import { useCompileCache } from '../../servers/compile-cache.ts';

useCompileCache();
await import('./main.ts');
