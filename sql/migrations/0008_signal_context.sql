-- 0008: what a signal fell into, beside its row (columns cannot be added twice, and this file may be run twice).
--
-- signal_id: the signal's. regime: unknown, trend, range, transition, for regime_bars bars, with its figures: adx_e6 (0 to
-- 100), efficiency_ppm, volatility_ppm (its rank). stop_widen_ppm: its stop is so many times as far, 0: as it was.
-- confluence: the levels near the entry, named, lowest at confluence_e8. sizing: the arithmetic of its size.

CREATE TABLE IF NOT EXISTS signal_context (
    signal_id INTEGER PRIMARY KEY,
    regime VARCHAR(12) NOT NULL,
    regime_bars BIGINT NOT NULL,
    adx_e6 BIGINT NOT NULL,
    efficiency_ppm BIGINT NOT NULL,
    volatility_ppm BIGINT NOT NULL,
    stop_widen_ppm BIGINT NOT NULL,
    confluence_e8 BIGINT NOT NULL,
    confluence TEXT NOT NULL,
    confluence_en TEXT NOT NULL,
    sizing TEXT NOT NULL,
    sizing_en TEXT NOT NULL
);
