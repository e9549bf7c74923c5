/* A descriptor and a number under a lock; see glance.h. */
#include "core/glance.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "core/base/mem.h"

struct glance {
    pthread_mutex_t lock;
    int fd; /* owned, or -1; as `bytes` under the lock */
    uint64_t bytes;
    void (*wake)(void *user);
    void *user;
};

struct glance *glance_new(void (*wake)(void *user), void *user)
{
    struct glance *p = mem_zalloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    (void)pthread_mutex_init(&p->lock, NULL);
    p->fd = -1;
    p->wake = wake;
    p->user = user;
    return p;
}

void glance_free(struct glance *p)
{
    if (p == NULL)
        return;
    if (p->fd >= 0)
        close(p->fd);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

void glance_offer(struct glance *p, int fd, uint64_t bytes)
{
    bool news;
    if (p == NULL || fd < 0)
        return;
    pthread_mutex_lock(&p->lock);
    news = p->bytes < GLANCE_BYTES && bytes > p->bytes;
    if (news && p->fd < 0)
        p->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    news = news && p->fd >= 0;
    if (news)
        p->bytes = bytes;
    pthread_mutex_unlock(&p->lock);
    if (news && p->wake != NULL)
        p->wake(p->user);
}

uint64_t glance_get(struct glance *p, int *fd)
{
    uint64_t bytes;
    if (p == NULL)
        return 0;
    pthread_mutex_lock(&p->lock);
    bytes = p->bytes;
    *fd = p->fd;
    pthread_mutex_unlock(&p->lock);
    return bytes;
}
