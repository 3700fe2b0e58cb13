/*
 * messages_venue: what is said of the broker's account beside the orders themselves: it holds something else than we do, or both
 * agree again. Makes documents, decides nothing.
 */
#include "bot/messages_build.h"

/* "SHORT 12 shares", "nothing" */
static const char *position(struct message_build *b, uint16_t instrument, int64_t qty) {
    if (qty == 0) return tr(b->lang, "nothing", "rien");
    return arena_printf(b->arena, "%s %s", say_side(qty > 0 ? SIDE_LONG : SIDE_SHORT),
                        say_size(b, instrument, (qty_t){qty > 0 ? qty : -qty}));
}

void build_differs(struct message_build *b) {
    uint16_t i = b->f->u.differs.instrument;
    const char *symbol = build_instrument(b, i)->symbol;
    bool agree = b->f->u.differs.ours == b->f->u.differs.theirs;
    struct message *m = message_add_default(b, agree ? DOC_GOOD : DOC_URGENT);
    if (agree) {
        m->urgency = URGENCY_IMPORTANT;
        doc_title(m->doc, "🟢",
                  tr(b->lang, "%s: the broker and we hold the same again",
                     "%s\u00a0: le courtier et nous sommes de nouveau d’accord"),
                  symbol);
        doc_field(m->doc, tr(b->lang, "Both", "Les deux"), "%s", position(b, i, b->f->u.differs.ours));
        return;
    }
    message_ring(m);
    doc_title(m->doc, "⚖️",
              tr(b->lang, "%s: the broker holds something else than we do",
                 "%s\u00a0: le courtier ne détient pas la même chose que nous"),
              symbol);
    doc_line(m->doc, "%s",
             tr(b->lang,
                "No new trade in it until both agree. Nothing is changed by itself: look at the broker. It may be a "
                "trade by hand, or another program.",
                "Aucun nouveau trade dessus d’ici là. Rien n’est modifié tout seul\u00a0: regardez chez le courtier. "
                "Peut-être un ordre à la main, ou un autre programme."));
    doc_field(m->doc, tr(b->lang, "Broker", "Courtier"), "%s", position(b, i, b->f->u.differs.theirs));
    doc_field(m->doc, tr(b->lang, "We", "Nous"), "%s", position(b, i, b->f->u.differs.ours));
}
