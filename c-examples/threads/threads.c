/*
 * threads: worker threads do the work, the service thread does the talking.
 *
 *   --port N       port to listen on (7681); 0 takes a free one
 *   --iface I      interface or address to listen on (all)
 *   --workers N    worker threads (4)
 *
 * A client sends a number, a worker counts the primes up to it, the answer comes
 * back as text: "1000000: 78498 primes (worker 2)".  Answers come in the order in
 * which they are found.
 *
 * The rule: everything of the library belongs to the thread that calls
 * lws_service(), except lws_cancel_service(), which any thread may call.  So
 *
 *   service thread                            worker
 *   RECEIVE: a job goes into the job queue →  takes it, computes
 *                                             locks the session, adds the answer
 *   EVENT_WAIT_CANCELLED: takes the list   ←  puts the session on the ready list,
 *   of ready sessions, asks for WRITEABLE     calls lws_cancel_service()
 *   WRITEABLE: locks the session, takes an
 *   answer out, writes it
 *
 * A connection can go while a worker is busy for it.  So what a worker touches
 * is not the library's per-session area but an object of its own, with a count
 * of those who hold it; the last one frees it.  Only the service thread looks
 * at its wsi.
 */
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS_MAX  64
#define JOBS_MAX     32                  /* under way for one session; above that we stop reading from it */
#define NUMBER_MAX   20000000

struct answer {
	struct answer *next;
	size_t len;
	unsigned char data[LWS_PRE + 96];
};

/* Held by its connection, by each of its jobs, and by the ready list. */
struct session {
	/* the service thread's alone */
	struct lws *wsi;                 /* NULL when the connection has gone */
	int jobs;
	char in[16];
	size_t in_len;

	/* everybody's, under the mutex */
	pthread_mutex_t mutex;
	int holders;
	bool ready;                      /* is on the ready list */
	struct answer *first, *last;
	struct session *next_ready;      /* under queue.mutex */
};

struct job {
	struct job *next;
	struct session *session;
	unsigned number;
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t more;
	struct job *first, *last;
	struct session *ready;
	bool ending;
} queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL, NULL, false };

static struct lws_context *context;
static volatile sig_atomic_t stop;

static void hold(struct session *s)
{
	pthread_mutex_lock(&s->mutex);
	s->holders++;
	pthread_mutex_unlock(&s->mutex);
}

static void let_go(struct session *s)
{
	bool last;

	pthread_mutex_lock(&s->mutex);
	last = --s->holders == 0;
	pthread_mutex_unlock(&s->mutex);
	if (!last)
		return;
	while (s->first) {
		struct answer *a = s->first;

		s->first = a->next;
		free(a);
	}
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

/* ---- workers: nothing of the library below, but lws_cancel_service() ---- */

static unsigned count_primes(unsigned number)
{
	char *composite = (char *)calloc(number + 1, 1);
	unsigned count = 0;

	if (!composite)
		return 0;
	for (unsigned i = 2; i <= number; i++) {
		if (composite[i])
			continue;
		count++;
		for (unsigned long j = (unsigned long)i * i; j <= number; j += i)
			composite[j] = 1;
	}
	free(composite);
	return count;
}

static struct job *next_job(void)
{
	struct job *j;

	pthread_mutex_lock(&queue.mutex);
	while (!queue.first && !queue.ending)
		pthread_cond_wait(&queue.more, &queue.mutex);
	j = queue.ending ? NULL : queue.first;
	if (j) {
		queue.first = j->next;
		if (!queue.first)
			queue.last = NULL;
	}
	pthread_mutex_unlock(&queue.mutex);
	return j;
}

static void deliver(struct session *s, struct answer *a)
{
	bool tell;

	pthread_mutex_lock(&s->mutex);
	if (s->last)
		s->last->next = a;
	else
		s->first = a;
	s->last = a;
	tell = !s->ready;
	if (tell) {
		s->ready = true;
		s->holders++;                /* for the ready list */
	}
	pthread_mutex_unlock(&s->mutex);
	if (!tell)
		return;                      /* it is on the list already */

	pthread_mutex_lock(&queue.mutex);
	s->next_ready = queue.ready;
	queue.ready = s;
	pthread_mutex_unlock(&queue.mutex);
	lws_cancel_service(context);
}

static void *worker(void *arg)
{
	int number = *(int *)arg;
	struct job *j;

	while ((j = next_job())) {
		struct answer *a = (struct answer *)malloc(sizeof *a);

		if (a) {
			a->next = NULL;
			a->len = (size_t)snprintf((char *)a->data + LWS_PRE, sizeof a->data - LWS_PRE,
						  "%u: %u primes (worker %d)", j->number,
						  count_primes(j->number), number);
			deliver(j->session, a);
		}
		let_go(j->session);
		free(j);
	}
	return NULL;
}

/* ---- service thread ---- */

static int submit(struct session *s, unsigned number)
{
	struct job *j = (struct job *)malloc(sizeof *j);

	if (!j)
		return -1;
	hold(s);
	j->next = NULL;
	j->session = s;
	j->number = number;
	pthread_mutex_lock(&queue.mutex);
	if (queue.last)
		queue.last->next = j;
	else
		queue.first = j;
	queue.last = j;
	pthread_cond_signal(&queue.more);
	pthread_mutex_unlock(&queue.mutex);
	if (++s->jobs == JOBS_MAX)
		lws_rx_flow_control(s->wsi, 0);
	return 0;
}

/* The workers have woken us: those with answers ask for WRITEABLE. */
static void collect(void)
{
	struct session *s, *next;

	pthread_mutex_lock(&queue.mutex);
	s = queue.ready;
	queue.ready = NULL;
	pthread_mutex_unlock(&queue.mutex);

	for (; s; s = next) {
		next = s->next_ready;
		pthread_mutex_lock(&s->mutex);
		s->ready = false;
		pthread_mutex_unlock(&s->mutex);
		if (s->wsi)
			lws_callback_on_writable(s->wsi);
		let_go(s);
	}
}

static int writeable(struct session *s)
{
	struct answer *a;
	bool more;
	int n;

	pthread_mutex_lock(&s->mutex);
	a = s->first;
	if (a) {
		s->first = a->next;
		if (!s->first)
			s->last = NULL;
	}
	more = s->first != NULL;
	pthread_mutex_unlock(&s->mutex);
	if (!a)
		return 0;

	/* no lock is held while the library runs: it may call us back */
	n = lws_write(s->wsi, a->data + LWS_PRE, a->len, LWS_WRITE_TEXT);
	if (s->jobs-- == JOBS_MAX)
		lws_rx_flow_control(s->wsi, 1);
	if (more)
		lws_callback_on_writable(s->wsi);
	n -= (int)a->len;
	free(a);
	return n < 0 ? -1 : 0;
}

static int receive(struct lws *wsi, struct session *s, const char *in, size_t len)
{
	long number;

	if (s->in_len + len >= sizeof s->in) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	if (len)
		memcpy(s->in + s->in_len, in, len);
	s->in_len += len;
	if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	s->in[s->in_len] = '\0';
	s->in_len = 0;
	number = strtol(s->in, NULL, 10);
	if (number < 1 || number > NUMBER_MAX) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)"1 to 20000000", 13);
		return -1;
	}
	return submit(s, (unsigned)number);
}

static int callback_primes(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session **slot = (struct session **)user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		*slot = (struct session *)calloc(1, sizeof **slot);
		if (!*slot)
			return -1;
		pthread_mutex_init(&(*slot)->mutex, NULL);
		(*slot)->holders = 1;
		(*slot)->wsi = wsi;
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, *slot, (const char *)in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(*slot);
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		/* comes once to each protocol, with no connection of ours */
		collect();
		return 0;
	case LWS_CALLBACK_CLOSED:
		if (*slot) {
			(*slot)->wsi = NULL;
			let_go(*slot);
		}
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

static const char *option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return NULL;
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	pthread_t thread[WORKERS_MAX];
	int number[WORKERS_MAX], workers = 4, started;
	const char *value;

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "lws-primes";
	protocols[0].callback = callback_primes;
	protocols[0].per_session_data_size = sizeof(struct session *);

	memset(&info, 0, sizeof info);
	value = option(argc, argv, "--port");
	info.port = value ? atoi(value) : 7681;
	info.iface = option(argc, argv, "--iface");
	info.protocols = protocols;
	info.vhost_name = "threads";
	if ((value = option(argc, argv, "--workers")))
		workers = atoi(value);
	if (workers < 1 || workers > WORKERS_MAX) {
		fprintf(stderr, "threads: --workers is 1 to %d\n", WORKERS_MAX);
		return 1;
	}

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "threads: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	for (started = 0; started < workers; started++) {
		number[started] = started + 1;
		if (pthread_create(&thread[started], NULL, worker, &number[started])) {
			perror("threads: pthread_create");
			stop = 1;
			break;
		}
	}
	printf("threads: %d workers, listening on port %d\n", started,
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "threads")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	/* First the workers: as long as one runs it may call lws_cancel_service(),
	 * which needs a live context. */
	pthread_mutex_lock(&queue.mutex);
	queue.ending = true;
	pthread_cond_broadcast(&queue.more);
	pthread_mutex_unlock(&queue.mutex);
	while (started)
		pthread_join(thread[--started], NULL);
	collect();
	while (queue.first) {
		struct job *j = queue.first;

		queue.first = j->next;
		let_go(j->session);
		free(j);
	}
	lws_context_destroy(context);
	printf("threads: bye\n");
	return 0;
}
