import { packColumns } from './pack-columns'
import {
  addTile, addTileOfSingles, setDiagonalTile, setDiagonalTileOfSingles, setTile, setTileOfSingles, TILE_BYTES,
} from './tile'

/** PANEL_ROWS of kernels.ts: part of the summation order. */
const PANEL_ROWS: usize = 128
/** Bytes between column panels: 64 more than the panel, so that panels do not fall on the same cache sets. */
const PANEL_STRIDE: usize = PANEL_ROWS * 32 + 64

export function gram_scratch(dim: usize): f64 {
  return <f64>TILE_BYTES + <f64>((dim + 3) >> 2) * <f64>PANEL_STRIDE
}

/** Kernels.addGram. Scratch: one tile, then a panel for every 4 columns. */
export function gram_f32(gram: usize, rows: usize, rowCount: usize, dim: usize, scratch: usize): void {
  addGram<f32>(gram, rows, rowCount, dim, scratch)
}

export function gram_f64(gram: usize, rows: usize, rowCount: usize, dim: usize, scratch: usize): void {
  addGram<f64>(gram, rows, rowCount, dim, scratch)
}

function addGram<T>(gram: usize, rows: usize, rowCount: usize, dim: usize, scratch: usize): void {
  for (let r: usize = 0; r < rowCount; r += PANEL_ROWS) {
    const panelRows = min(PANEL_ROWS, rowCount - r)
    packColumns<T>(rows + r * dim * sizeof<T>(), scratch + TILE_BYTES, panelRows, dim, PANEL_STRIDE)
    addPanel<T>(gram, panelRows, dim, scratch)
  }
}

function addPanel<T>(gram: usize, panelRows: usize, dim: usize, tile: usize): void {
  const panels = tile + TILE_BYTES
  for (let j: usize = 0; j < dim; j += 4) {
    const right = panels + (j >> 2) * PANEL_STRIDE
    for (let i: usize = 0; i <= j; i += 4) {
      const left = panels + (i >> 2) * PANEL_STRIDE
      const corner = gram + ((i * dim + j) << 3)
      if (i < j && j + 4 <= dim) {
        if (sizeof<T>() == 4) addTileOfSingles(corner, dim << 3, left, right, panelRows)
        else addTile(corner, dim << 3, left, right, panelRows)
      } else if (j + 4 <= dim) {
        if (sizeof<T>() == 4) setDiagonalTileOfSingles(tile, left, panelRows)
        else setDiagonalTile(tile, left, panelRows)
        addDiagonalTile(corner, dim << 3, tile)
      } else {
        if (sizeof<T>() == 4) setTileOfSingles(tile, 32, left, right, panelRows)
        else setTile(tile, 32, left, right, panelRows)
        addEdgeTile(corner, dim, i, j, tile)
      }
    }
  }
}

/** The upper triangle of a whole tile. */
function addDiagonalTile(corner: usize, gramStride: usize, tile: usize): void {
  addPair(corner, tile)
  addPair(corner + 16, tile + 16)
  corner += gramStride
  addOne(corner + 8, tile + 40)
  addPair(corner + 16, tile + 48)
  corner += gramStride
  addPair(corner + 16, tile + 80)
  addOne(corner + gramStride + 24, tile + 120)
}

// @ts-ignore: decorator
@inline
function addPair(to: usize, from: usize): void {
  v128.store(to, f64x2.add(v128.load(to), v128.load(from)))
}

// @ts-ignore: decorator
@inline
function addOne(to: usize, from: usize): void {
  store<f64>(to, load<f64>(to) + load<f64>(from))
}

/** What of a tile lies inside the matrix, on or above its diagonal. */
function addEdgeTile(corner: usize, dim: usize, i: usize, j: usize, tile: usize): void {
  for (let a: usize = i; a < min(i + 4, dim); a++) {
    for (let b: usize = max(j, a); b < min(j + 4, dim); b++) {
      const at = corner + (((a - i) * dim + b - j) << 3)
      addOne(at, tile + ((((a - i) << 2) + b - j) << 3))
    }
  }
}
