#ifndef CTORCH_H
#define CTORCH_H
#include <stdint.h>
int64_t ct_version(void);

#endif
