/*
 * assets: the page's files inside the program, exactly as they lie in this folder. The
 * assembler reads them, so there is no generated source; the Makefile names them as what
 * this object is made of.
 */
#include "bot/chat/local_priv.h"

#define ASSET(name, file)                                                                                              \
    __asm__(".pushsection .rodata\n.local web_" #name "\n.local web_" #name "_end\nweb_" #name ":\n.incbin \"" file    \
            "\"\nweb_" #name "_end:\n.byte 0\n.popsection\n");                                                         \
    extern const char web_##name[] __attribute__((visibility("hidden")));                                              \
    extern const char web_##name##_end[] __attribute__((visibility("hidden")))

ASSET(index, "bot/web/index.html");
ASSET(style, "bot/web/app.css");
ASSET(early, "bot/web/early.js");
ASSET(script, "bot/web/app.js");
ASSET(box, "bot/web/box.js");
ASSET(link, "bot/web/link.js");
ASSET(list, "bot/web/list.js");
ASSET(settings, "bot/web/settings.js");
ASSET(talk, "bot/web/talk.js");
ASSET(texts, "bot/web/texts.js");
ASSET(view, "bot/web/view.js");
ASSET(icon, "bot/web/icon.svg");
ASSET(demo, "bot/web/demo.svg");
ASSET(paper, "bot/web/paper.svg");
ASSET(live, "bot/web/live.svg");

const struct local_asset local_assets[] = {
    {"/", "text/html; charset=utf-8", web_index, web_index_end},
    {"/app.css", "text/css; charset=utf-8", web_style, web_style_end},
    {"/early.js", "text/javascript; charset=utf-8", web_early, web_early_end},
    {"/app.js", "text/javascript; charset=utf-8", web_script, web_script_end},
    {"/box.js", "text/javascript; charset=utf-8", web_box, web_box_end},
    {"/link.js", "text/javascript; charset=utf-8", web_link, web_link_end},
    {"/list.js", "text/javascript; charset=utf-8", web_list, web_list_end},
    {"/settings.js", "text/javascript; charset=utf-8", web_settings, web_settings_end},
    {"/talk.js", "text/javascript; charset=utf-8", web_talk, web_talk_end},
    {"/texts.js", "text/javascript; charset=utf-8", web_texts, web_texts_end},
    {"/view.js", "text/javascript; charset=utf-8", web_view, web_view_end},
    {"/icon.svg", "image/svg+xml", web_icon, web_icon_end},
    {"/demo.svg", "image/svg+xml", web_demo, web_demo_end},
    {"/paper.svg", "image/svg+xml", web_paper, web_paper_end},
    {"/live.svg", "image/svg+xml", web_live, web_live_end},
    {0},
};
