/* table: the detectors, in the order in which they see a bar: a later one may use what an earlier one found in it. */
#include "engine/levels/levels.h"

/* clang-format off */
const struct detector *const detector_table[] = {
    &detector_sessions,
    &detector_days,
    &detector_value,
    &detector_gamma,
    &detector_lines,
    &detector_swing,
    &detector_break,
    &detector_sweep,
    &detector_gap,
    &detector_inverse_gap,
    &detector_order_block,
    &detector_breaker,
    &detector_regime,
    NULL,
};
/* clang-format on */
