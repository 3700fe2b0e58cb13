/* net_err: see net_err.h. Keeps nothing. The cases are spelt out so that the compiler checks each format. */
#include "engine/net/net_err.h"

#include <uv.h>

#define NAME_MAX_BYTES 64

static int name_err(struct err *e, enum err_code code, const char *who, int uv_code) {
    if (uv_code == UV_EAI_NONAME || uv_code == UV_EAI_NODATA)
        return err_set(e, code, "the name %s is not known", "le nom %s est inconnu", who);
    return err_set(e, code, "the name %s cannot be looked up right now",
                   "le nom %s ne peut pas être résolu pour l’instant", who);
}

int net_err(struct err *e, enum err_code code, const char *who, int uv_code) {
    char name[NAME_MAX_BYTES];
    switch (uv_code) {
    case UV_ECONNREFUSED: return err_set(e, code, "%s refuses the connection", "%s refuse la connexion", who);
    case UV_ETIMEDOUT: return err_set(e, code, "%s does not answer in time", "%s ne répond pas à temps", who);
    case UV_EHOSTUNREACH:
    case UV_ENETUNREACH: return err_set(e, code, "%s cannot be reached", "%s est injoignable", who);
    case UV_ECONNRESET:
    case UV_EPIPE: return err_set(e, code, "%s cut the connection", "%s a coupé la connexion", who);
    case UV_EOF: return err_set(e, code, "%s closed the connection", "%s a fermé la connexion", who);
    case UV_ENOENT: return err_set(e, code, "%s does not exist", "%s n’existe pas", who);
    case UV_EACCES: return err_set(e, code, "%s: access denied", "%s : accès refusé", who);
    case UV_EAI_AGAIN:
    case UV_EAI_FAIL:
    case UV_EAI_NODATA:
    case UV_EAI_NONAME: return name_err(e, code, who, uv_code);
    default: break; /* an int: the rest of errno, said by name */
    }
    uv_err_name_r(uv_code, name, sizeof name);
    return err_set(e, code, "%s: the connection failed (%s)", "%s : la connexion a échoué (%s)", who, name);
}
