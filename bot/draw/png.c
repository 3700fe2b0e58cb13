/*
 * png: counting colours, choosing those that stay, packing through zlib. Owns no state.
 */
#include "bot/draw/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/base/mem.h"

#define PALETTE_MAX 256
#define SHADES_MAX 8192u /* more than that are seen coarser */
#define TABLE_SIZE 32768u
#define PACK_LEVEL 7

struct shade {
    uint32_t rgb, count;
    uint8_t place; /* in the palette */
};
struct shades {
    uint32_t coarse; /* these bits are seen; others are not */
    uint32_t n;
    uint16_t table[TABLE_SIZE]; /* index + 1; 0: free */
    struct shade item[SHADES_MAX];
};

static uint32_t pixel(const struct pixels *p, int32_t x, int32_t y) {
    uint32_t v;
    memcpy(&v, p->row + (size_t)y * p->stride + (size_t)x * 4, 4);
    return v & 0xffffff;
}

static struct shade *find(struct shades *s, uint32_t rgb) {
    rgb &= s->coarse;
    for (uint32_t at = rgb * 2654435761u >> 17;; at = (at + 1) % TABLE_SIZE) {
        if (s->table[at] == 0) {
            if (s->n == SHADES_MAX) return NULL;
            s->item[s->n] = (struct shade){.rgb = rgb};
            s->table[at] = (uint16_t)++s->n;
        }
        struct shade *x = &s->item[s->table[at] - 1];
        if (x->rgb == rgb) return x;
    }
}

static bool count(struct shades *s, const struct pixels *p, uint32_t coarse) {
    memset(s, 0, sizeof *s);
    s->coarse = coarse;
    for (int32_t y = 0; y < p->height; y++) {
        struct shade *last = NULL;
        for (int32_t x = 0; x < p->width; x++) {
            uint32_t rgb = pixel(p, x, y) & coarse;
            if (last == NULL || last->rgb != rgb) last = find(s, rgb);
            if (last == NULL) return false;
            last->count++;
        }
    }
    return true;
}

static int by_count(const void *a, const void *b) {
    const struct shade *x = *(struct shade *const *)a, *y = *(struct shade *const *)b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->rgb < y->rgb ? -1 : x->rgb > y->rgb;
}

/* The eye's weights, roughly. */
static uint32_t distance(uint32_t a, uint32_t b) {
    int red = (int)(a >> 16) - (int)(b >> 16), green = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
    int blue = (int)(a & 255) - (int)(b & 255);
    return (uint32_t)(2 * red * red + 4 * green * green + 3 * blue * blue);
}

static uint32_t nearest(const uint32_t *palette, uint32_t n, uint32_t rgb) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) best = distance(palette[i], rgb) < distance(palette[best], rgb) ? i : best;
    return best;
}

/* The frequent ones that lie so far apart; more than fit: 0. */
static uint32_t choose(struct shade *const *order, uint32_t n, uint32_t apart, uint32_t *palette) {
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (chosen > 0 && apart > 0 &&
            distance(palette[nearest(palette, chosen, order[i]->rgb)], order[i]->rgb) <= apart)
            continue;
        if (chosen == PALETTE_MAX) return 0;
        palette[chosen++] = order[i]->rgb;
    }
    return chosen;
}

static uint32_t palette_of(struct shades *s, uint32_t palette[PALETTE_MAX]) {
    struct shade **order = xcalloc(s->n, sizeof(struct shade *));
    for (uint32_t i = 0; i < s->n; i++) order[i] = &s->item[i];
    qsort(order, s->n, sizeof(struct shade *), by_count);
    uint32_t n = 0;
    for (uint32_t apart = 0; n == 0; apart = apart > 0 ? 2 * apart : 48) n = choose(order, s->n, apart, palette);
    for (uint32_t i = 0; i < s->n; i++) s->item[i].place = (uint8_t)nearest(palette, n, s->item[i].rgb);
    free(order);
    return n;
}

/* ---- the file ---- */

static void put_u32(uint8_t out[4], uint32_t v) {
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void chunk(struct buf *b, const char *kind, const uint8_t *bytes, size_t n) {
    uint8_t word[4];
    put_u32(word, (uint32_t)n);
    buf_add(b, word, 4);
    buf_add(b, kind, 4);
    if (n > 0) buf_add(b, bytes, n);
    uLong sum = crc32(crc32(0, NULL, 0), (const Bytef *)kind, 4);
    if (n > 0) sum = crc32(sum, bytes, (uInt)n);
    put_u32(word, (uint32_t)sum);
    buf_add(b, word, 4);
}

/* One byte a pixel, a zero before each row: no filter. */
static uint8_t *rows_of(struct shades *s, const struct pixels *p, size_t *n) {
    *n = ((size_t)p->width + 1) * (size_t)p->height;
    uint8_t *rows = xmalloc(*n), *at = rows;
    for (int32_t y = 0; y < p->height; y++) {
        *at++ = 0;
        const struct shade *last = NULL;
        for (int32_t x = 0; x < p->width; x++) {
            uint32_t rgb = pixel(p, x, y) & s->coarse;
            if (last == NULL || last->rgb != rgb) last = find(s, rgb);
            *at++ = last->place;
        }
    }
    return rows;
}

static void head(struct buf *b, const struct pixels *p, const uint32_t *palette, uint32_t n) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t ihdr[13] = {[8] = 8, [9] = 3}, plte[3 * PALETTE_MAX];
    put_u32(ihdr, (uint32_t)p->width);
    put_u32(ihdr + 4, (uint32_t)p->height);
    for (uint32_t i = 0; i < n; i++) {
        plte[3 * i] = (uint8_t)(palette[i] >> 16);
        plte[3 * i + 1] = (uint8_t)(palette[i] >> 8);
        plte[3 * i + 2] = (uint8_t)palette[i];
    }
    buf_add(b, signature, sizeof signature);
    chunk(b, "IHDR", ihdr, sizeof ihdr);
    chunk(b, "PLTE", plte, 3 * (size_t)n);
}

int png_write(const struct pixels *p, struct buf *out, struct err *e) {
    static const uint32_t coarser[] = {0xffffff, 0xfefefe, 0xfcfcfc, 0xf8f8f8, 0xf0f0f0, 0xe0e0e0};
    uint32_t palette[PALETTE_MAX];
    struct shades *s = xmalloc(sizeof *s);
    size_t size, i = 0;
    while (!count(s, p, coarser[i])) i++; /* the last has 512 */
    uint32_t n = palette_of(s, palette);
    uint8_t *rows = rows_of(s, p, &size);
    uLongf packed = compressBound(size);
    uint8_t *bytes = xmalloc(packed);
    int rc = compress2(bytes, &packed, rows, size, PACK_LEVEL);
    head(out, p, palette, n);
    if (rc == Z_OK) chunk(out, "IDAT", bytes, packed);
    chunk(out, "IEND", NULL, 0);
    free(bytes);
    free(rows);
    free(s);
    if (rc == Z_OK && !out->overflow) return 0;
    return err_set(e, ERR_FULL, "the picture is too large a file", "l’image fait un fichier trop gros");
}
