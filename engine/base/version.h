/* version: of the program. It is journalled with every start and kept with the state, so that an upgrade can be told of. */
#ifndef MIA_BASE_VERSION_H
#define MIA_BASE_VERSION_H

#define MIA_VERSION "0.2.0"

#endif
