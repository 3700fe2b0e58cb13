/* hash: a fast 64-bit hash for digests and tables (XXH64, BSD licence, public algorithm), and SHA-256 (FIPS 180-4) for the audit chain. */
#ifndef MIA_BASE_HASH_H
#define MIA_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *bytes, size_t n, uint64_t seed);

#define SHA256_BYTES 32
#define SHA256_HEX 65
struct sha256 {
    uint32_t h[8];
    uint64_t bytes;
    uint8_t block[64];
};
void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
void sha256_done(struct sha256 *s, uint8_t out[SHA256_BYTES]);
void hex_text(char *out /* 2n+1 */, const uint8_t *bytes, size_t n);

/* CRC-32 (IEEE) of a frame. */
uint32_t crc32_of(const void *bytes, size_t n);

#endif
